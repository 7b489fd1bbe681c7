import TestSupport
import Testing

/// One case of `Golden/improvement.json`.
struct ImprovementGolden: Decodable, Sendable, CustomTestStringConvertible {
    var z: Double
    var logImprovement: Double
    var improvementSlope: Double
    var improvementScaleSlope: Double
    var logProbability: Double
    var probabilitySlope: Double

    var testDescription: String { "z = \(z)" }

    static let all: [ImprovementGolden] = GoldenJSON.cases("improvement.json", in: .module)
}
