import BayesianOptimization
import Reporting
import Testing

@Suite("Importances")
struct ImportancesTests {
    /// The total effects of a x + b y with uniform x and y are a² and b² over their sum; that of an unused parameter is 0.
    @Test(arguments: [(1.0, 0.0), (1, 1), (2, 1)])
    func linear(a: Double, b: Double) throws {
        let names = ["x", "y", "unused"]
        let space = try ParameterSpace(names.map { try Parameter($0, .real(lower: 0, upper: 1, scale: .linear)) })
        var optimizer = try BayesianOptimizer(space: space, seed: 1)
        let points = (0..<40).map { index in
            [0.618, 0.755, 0.57].map { (Double(index) * $0).truncatingRemainder(dividingBy: 1) }
        }
        try optimizer.tell(
            points.map { point in
                Trial(
                    Dictionary(uniqueKeysWithValues: zip(names, point.map { .real($0) })),
                    .complete(loss: a * point[0] + b * point[1], variance: 0))
            })
        let surrogate = try #require(try optimizer.surrogate())
        let effects = try Importances(of: surrogate, in: space, seed: 1).effects
        let total = a * a + b * b
        for (effect, expected) in zip(effects, [a * a / total, b * b / total, 0]) {
            // The standard deviation of an estimate from 512 pairs is about 0.03.
            #expect(abs(effect - expected) < 0.1, "\(effects)")
        }
    }
}
