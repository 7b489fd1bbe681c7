import BayesianOptimization
import Foundation
import Testing

@Suite("The examples of the documentation")
struct DocumentationExampleTests {
    /// The least value is 0, at a rate of 0.01, a depth of 5 and residual blocks.
    func evaluate(_ point: [String: ParameterValue]) -> Double {
        guard case .real(let rate)? = point["rate"], case .integer(let depth)? = point["depth"] else { return .nan }
        let distance = log10(rate) + 2
        return distance * distance + 0.1 * abs(Double(depth - 5)) + (point["kind"] == .choice("plain") ? 0.3 : 0)
    }

    @Test("Several parameters")
    func severalParameters() throws {
        let space = try ParameterSpace([
            Parameter("rate", .real(lower: 1e-4, upper: 1, scale: .log)),
            Parameter("depth", .integer(lower: 1, upper: 8, scale: .linear)),
            Parameter("kind", .categorical(choices: ["plain", "residual"])),
        ])
        var optimizer = try BayesianOptimizer(space: space, seed: 10)
        for _ in 0..<20 {
            let point = try optimizer.ask()[0].parameters
            try optimizer.tell([Trial(point, .complete(loss: evaluate(point), variance: nil))])
        }
        let answer = try #require(try optimizer.recommendation())
        #expect(evaluate(answer.parameters) < 0.1)
    }

    @Test("The configuration reference")
    func reference() throws {
        let space = try ParameterSpace([Parameter("x", .real(lower: 0, upper: 4, scale: .linear))])
        var configuration = Configuration.reference
        configuration.initialPoint = ["x": .real(0.5)]
        var optimizer = try BayesianOptimizer(space: space, seed: 10, configuration: configuration)
        for _ in 0..<10 {
            let point = try optimizer.ask()[0].parameters
            let x = point["x"]?.number ?? 0
            try optimizer.tell([Trial(point, .complete(loss: (x - 2.5) * (x - 2.5), variance: nil))])
        }
        let best = try #require(optimizer.best)
        #expect(try abs(#require(best.parameters["x"]?.number) - 2.5) < 0.1)
    }
}
