import BayesianOptimization
import Testing

/// What reports ask of a space and of a surrogate.
@Suite("Left-out predictions and places")
struct LeftOutPredictionTests {
    private static let domains: [Parameter.Domain] = [
        .real(lower: 0.001, upper: 1, scale: .log), .real(lower: -2, upper: 3, scale: .linear),
        .integer(lower: 1, upper: 9, scale: .linear), .ordinal(values: [1, 10, 100]),
        .categorical(choices: ["a", "b", "c", "d"]), .steppedReal(lower: 0, upper: 1, step: 0.25),
    ]

    @Test("The place of a value is where uniform numbers give it", arguments: domains)
    func places(domain: Parameter.Domain) throws {
        let space = try ParameterSpace([Parameter("x", domain)])
        for step in 0...40 {
            let number = Double(step) / 40
            let value = try #require(space.values(atUniform: [number])["x"])
            let place = try #require(space.fraction(of: value, of: "x"))
            #expect(space.values(atUniform: [place])["x"] == value, "\(value) at \(place)")
            if case .real = domain { #expect(abs(place - number) < 1e-9) }
        }
        #expect(space.fraction(of: .real(0.5), of: "y") == nil)
    }

    @Test("Each loss is predicted from the others, and means are those of predictions")
    func predictions() throws {
        let space = try ParameterSpace([Parameter("x", .real(lower: 0, upper: 1, scale: .linear))])
        var optimizer = try BayesianOptimizer(space: space, seed: 1)
        let xs = (0..<12).map { Double($0) / 11 }
        let losses = xs.map { 1 + ($0 - 0.4) * ($0 - 0.4) }
        try optimizer.tell(
            zip(xs, losses).map { Trial(["x": .real($0)], .complete(loss: $1, variance: 0)) }
                + [Trial(["x": .real(0.95)], .failed)])
        let surrogate = try #require(try optimizer.surrogate())
        let predictions = surrogate.leftOutPredictions()
        #expect(predictions.count == losses.count)
        for (prediction, loss) in zip(predictions, losses) {
            #expect(abs(prediction.observed - loss) < 1e-9)
            #expect(prediction.standardDeviation > 0 && prediction.mean != loss)
        }
        // A parabola is easy to predict between two neighbours, and harder beyond the last one.
        for (prediction, loss) in Array(zip(predictions, losses))[2..<8] {
            #expect(abs(prediction.mean - loss) < 0.05, "\(prediction) for \(loss)")
        }
        let points = [0.1, 0.33, 0.9].map { ["x": ParameterValue.real($0)] }
        #expect(try surrogate.means(points) == surrogate.predict(points).map(\.mean))
    }
}
