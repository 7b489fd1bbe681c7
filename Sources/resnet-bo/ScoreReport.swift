import Backend
import Reporting
import Training

/// The score of a model on the test set, which `train` and `evaluate` print.
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

    /// The report as text.
    var text: String { "Test \(Score(loss: testLoss, accuracy: testAccuracy).text)" }
}

extension Score {
    /// The score as text.
    var text: String {
        "loss \(loss.formatted(fractionDigits: 4)), accuracy \((100 * accuracy).formatted(fractionDigits: 2))%"
    }
}
