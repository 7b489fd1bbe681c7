import Reporting
import Training

extension SingleRun {
    /// Trains all epochs, with progress on standard error.
    ///
    /// - Parameters:
    ///   - model: The trained model, as the beginning of a line of progress.
    ///   - finished: Receives the result of every epoch; returns a line to write, or `nil`.
    /// - Returns: The score after the last epoch; `nil` if a loss was not finite.
    func runWithProgress(
        _ model: String = "", finished: (Epoch) throws -> String? = { _ in nil }
    ) throws -> Score? {
        let progress = ProgressReporter(total: settings.epochs * samplesPerEpoch)
        defer { progress.finish() }
        var done = 0
        var epochs = 0
        return try run { samples in
            done += samples
            progress.update(done: done, phase: "\(model)epoch \(epochs + 1) of \(settings.epochs)")
        } finished: { epoch in
            epochs += 1
            if let line = try finished(epoch) { progress.note(line) }
        }
    }
}
