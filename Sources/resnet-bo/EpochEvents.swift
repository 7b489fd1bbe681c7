import JSON
import Platform
import Training

/// The record of a running cross-validation in JSON Lines: `{"epoch":1,"epochs":5,"losses":[[...]]}` after each epoch, then the result.
///
/// `SIGINT` and `SIGTERM` end it with `{"interrupted":"SIGTERM"}` instead of a result.
final class EpochEvents {
    /// One line: the validation losses after an epoch, in nats.
    private struct Line: Encodable {
        /// The number of the epoch, from 1.
        var epoch: Int

        /// The number of all epochs.
        var epochs: Int

        /// `[configuration][fold]`.
        var losses: [[Double]]
    }

    /// The number of configurations, which train as one stack.
    private let count: Int

    /// The number of epochs of the training.
    private let epochs: Int

    /// The losses of the configurations so far in this epoch, `[configuration][fold]`.
    private var losses: [[Double]] = []

    /// Begins the record of some configurations of one batch size.
    init(of count: Int, epochs: Int) {
        self.count = count
        self.epochs = epochs
        RecordStream.begin { #"{"interrupted":"\#($0)"}"# }
    }

    /// Adds the losses of the next configuration, `[fold][epoch]`, after any epoch but the last.
    ///
    /// The last configuration of an epoch completes its line.
    func add(_ losses: [[Double]], of configuration: Int) throws {
        precondition(configuration == self.losses.count, "configurations come in their order")
        self.losses.append(losses.map { $0[$0.count - 1] })
        guard self.losses.count == count else { return }
        try write(self.losses, after: losses[0].count)
        self.losses = []
    }

    /// Writes the losses after the last epoch, and the result.
    func finish(_ results: [CrossValidationResult], report: some Encodable) throws {
        try write(results.map { $0.folds.map(\.validation.loss) }, after: epochs)
        try RecordStream.end(JSON.encode(report, layout: .line))
    }

    private func write(_ losses: [[Double]], after epoch: Int) throws {
        try RecordStream.write(JSON.encode(Line(epoch: epoch, epochs: epochs, losses: losses), layout: .line))
    }
}
