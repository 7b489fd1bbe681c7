import BayesianOptimization
import Foundation
import Testing

@Suite("The surrogate of the configuration reference")
struct ReferenceSurrogateTests {
    static func points(_ xs: [Double]) -> [[String: ParameterValue]] { xs.map { ["x": .real($0)] } }

    @Test("At scikit-learn's hyperparameters, the acquisition function is SciPy's", arguments: GoldenCase.all)
    func expectedImprovement(_ golden: GoldenCase) throws {
        var optimizer = try golden.optimizer(lengthScale: golden.lengthScale, noiseLevel: golden.noiseLevel)
        let surrogate = try #require(try optimizer.surrogate())
        #expect(surrogate.lengthScales == [golden.lengthScale] && surrogate.noiseLevel == golden.noiseLevel)
        let values = try surrogate.acquisition(Self.points(golden.grid))
        let predictions = try surrogate.predict(Self.points(golden.grid))
        for (index, value) in values.enumerated() {
            // The improvement is a difference of two terms, each no larger than the deviation and rounded with the losses.
            let magnitude = predictions[index].standardDeviation + abs(predictions[index].mean)
            #expect(abs(value - golden.expectedImprovement[index]) <= 1e-12 * magnitude)
        }
        let acquisition = try #require(try optimizer.ask()[0].acquisition)
        #expect(acquisition >= golden.greatestImprovement * (1 - 1e-6))
    }

    @Test("Fitted, it is never less likely than scikit-learn's best of 33 searches", arguments: GoldenCase.all)
    func likelihood(_ golden: GoldenCase) throws {
        let surrogate = try #require(try golden.optimizer().surrogate())
        #expect(surrogate.logMarginalLikelihood >= golden.logMarginalLikelihood - 1e-6)
        #expect((1e-5 * (1 - 1e-9)...1e5 * (1 + 1e-9)).contains(surrogate.lengthScales[0]))
        #expect((1e-5 * (1 - 1e-9)...1e5 * (1 + 1e-9)).contains(surrogate.noiseLevel))
        #expect(!surrogate.isNoiseFree && surrogate.acquisitionName == "expected improvement")
    }

    @Test(
        "The suggestion has the greatest acquisition function of a fine grid", arguments: GoldenCase.all,
        [UInt32(0), 1, 10])
    func maximum(_ golden: GoldenCase, seed: UInt32) throws {
        var optimizer = try golden.optimizer(seed: seed)
        let surrogate = try #require(try optimizer.surrogate())
        let next = try optimizer.ask()[0]
        // Around every observation as well, on the scale of the surrogate.
        let even = (0...30_011).map { 0.001 + 0.899 * Double($0) / 30_011 }
        let near = golden.x.flatMap { x in (-500...500).map { x + Double($0) / 50 * surrogate.lengthScales[0] } }
        let grid = even + near.filter { (0.001...0.9).contains($0) }
        let greatest = try #require(try surrogate.acquisition(Self.points(grid)).max())
        let acquisition = try #require(next.acquisition)
        #expect(acquisition >= greatest * (1 - 1e-6))
        #expect(try surrogate.acquisition([next.parameters]) == [acquisition])
        #expect((0.001...0.9).contains(next.x))
    }

    @Test("The suggestion is that of commit 5c0ecfb", arguments: NextGolden.all)
    func next(_ golden: NextGolden) throws {
        let golden = golden
        let observations = try #require(GoldenCase.all.first { $0.name == golden.name })
        var optimizer = try observations.optimizer(seed: golden.seed)
        let next = try optimizer.ask()[0]
        #expect(abs(next.x - golden.next) <= 1e-6 * 0.899)
        #expect(abs(try #require(next.acquisition) - golden.acquisition) <= 1e-6 * golden.acquisition)
    }

    @Test("Predictions outside of the space, and invalid points")
    func invalidPoints() throws {
        let surrogate = try #require(try GoldenCase.all[4].optimizer().surrogate())
        #expect(throws: OptimizerError.self) { try surrogate.predict(Self.points([.nan])) }
        #expect(throws: OptimizerError.self) { try surrogate.acquisition(Self.points([0.1, .infinity])) }
        #expect(throws: OptimizerError.self) { try surrogate.predict([["y": .real(0.1)]]) }
        #expect(try surrogate.predict([]).isEmpty)
        #expect(try surrogate.predict(Self.points([-2, 7])).allSatisfy { $0.mean.isFinite })
    }

    @Test("Losses that differ by rounding alone are constant")
    func constantLosses() throws {
        // The mean of seven times 0.1 is not 0.1 in floating-point arithmetic.
        var optimizer = try BayesianOptimizer(
            space: GoldenCase.space, seed: 0,
            configuration: .reference {
                $0.fixedLengthScale = 1
                $0.fixedNoiseLevel = 0.5
            })
        try optimizer.tell((0..<7).map { Trial(["x": .real(Double($0))], .complete(loss: 0.1, variance: nil)) })
        let prediction = try #require(try optimizer.surrogate()).predict(Self.points([100]))[0]
        #expect(abs(prediction.mean - 0.1) < 1e-15)
        #expect(abs(prediction.standardDeviation - 1.5.squareRoot()) < 1e-15)
    }
}
