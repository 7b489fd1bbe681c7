import Backend
import Reporting
import Training

/// The JSON of `train` and `evaluate`: the score of a model on the test set.
private struct ScoreReport: Encodable {
    var backend: String
    var device: String
    var testLoss: Double
    var testAccuracy: Double
}

extension OutputOptions {
    /// Prints the score of a model on the test set.
    func write(_ score: Score, on device: DeviceDescription) throws {
        let report = ScoreReport(
            backend: device.backend, device: device.name, testLoss: score.loss, testAccuracy: score.accuracy)
        try write(report, text: "Test \(score.text)")
    }
}

extension Score {
    /// The score as text.
    var text: String {
        "loss \(loss.formatted(fractionDigits: 4)), accuracy \((100 * accuracy).formatted(fractionDigits: 2))%"
    }
}
