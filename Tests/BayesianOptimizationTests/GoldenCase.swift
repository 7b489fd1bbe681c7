import BayesianOptimization
import Foundation
import TestSupport
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

    static let space: ParameterSpace = {
        do {
            return try ParameterSpace([Parameter("x", .real(lower: 0.001, upper: 0.9, scale: .linear))])
        } catch {
            fatalError("\(error)")
        }
    }()

    /// An optimiser with the observations of the case.
    func optimizer(
        seed: UInt32 = 0, lengthScale: Double? = nil, noiseLevel: Double? = nil
    ) throws -> BayesianOptimizer {
        var optimizer = try BayesianOptimizer(
            space: Self.space, seed: seed,
            configuration: .reference {
                $0.fixedLengthScale = lengthScale
                $0.fixedNoiseLevel = noiseLevel
            })
        try optimizer.tell(zip(x, loss).map { Trial(["x": .real($0)], .complete(loss: $1, variance: nil)) })
        return optimizer
    }

    static let all: [GoldenCase] = GoldenJSON.cases("scikit-learn.json", in: .module)
}

/// The suggestion of 5c0ecfb for the observations of a ``GoldenCase``; `scripts/make-conversation-golden` writes it.
struct NextGolden: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var seed: UInt32
    var next: Double
    var acquisition: Double
    var lengthScale: Double
    var noiseLevel: Double

    var testDescription: String { "\(name), seed \(seed)" }

    static let all: [NextGolden] = GoldenJSON.cases("reference-next.json", in: .module)
}

extension Suggestion {
    /// The value of the only parameter.
    var x: Double { parameters["x"]?.number ?? .nan }
}
