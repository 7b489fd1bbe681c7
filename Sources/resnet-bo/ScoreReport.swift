import Backend
import Reporting
import Training

/// The score of a model on the test set, as `train` and `evaluate` print it.
struct ScoreReport: Encodable {
    var backend: String
    var device: String
    var testLoss: Double
    var testAccuracy: Double

    init(_ score: Score, on device: DeviceDescription) {
        backend = device.backend
        self.device = device.name
        testLoss = score.loss
        testAccuracy = score.accuracy
    }

    /// The report for a person.
    var text: String { "Test \(Score(loss: testLoss, accuracy: testAccuracy).text)" }
}

extension Score {
    /// The score for a person.
    var text: String {
        "loss \(loss.formatted(fractionDigits: 4)), accuracy \((100 * accuracy).formatted(fractionDigits: 2))%"
    }
}
