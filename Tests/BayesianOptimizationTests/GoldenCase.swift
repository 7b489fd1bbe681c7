import BayesianOptimization
import Foundation
import Testing

/// One case of `Golden/scikit-learn.json`, which `scripts/make-scikit-learn-golden` writes.
struct GoldenCase: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var x: [Double]
    var loss: [Double]
    var lengthScale: Double
    var noiseLevel: Double
    var logMarginalLikelihood: Double
    var grid: [Double]
    var expectedImprovement: [Double]
    var greatestImprovement: Double

    var testDescription: String { name }

    /// An optimiser that was told the case's observations.
    func optimizer(
        seed: UInt32 = 0, lengthScale: Double? = nil, noiseLevel: Double? = nil
    ) throws -> BayesianOptimizer {
        var optimizer = try BayesianOptimizer(
            space: SearchSpace(lower: 0.001, upper: 0.9), initial: nil, seed: seed,
            fixedLengthScale: lengthScale, fixedNoiseLevel: noiseLevel)
        for (x, loss) in zip(x, loss) { try optimizer.tell(Observation(x: x, loss: loss)) }
        return optimizer
    }

    static let all: [GoldenCase] = {
        struct File: Decodable { var cases: [GoldenCase] }
        do {
            let url = Bundle.module.bundleURL.appending(path: "Golden/scikit-learn.json")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(File.self, from: Data(contentsOf: url)).cases
        } catch {
            fatalError("the golden file can't be read: \(error)")
        }
    }()
}
