import ArgumentParser
import Backend
import Datasets
import Foundation
import JSON
import NeuralNetwork
import Platform
import Reporting
import Studies
import Training

/// `resnet-bo train`: one model at one learning rate.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Train one model on the training images.")

    @Option(help: "The learning rate.")
    var learningRate: Double

    @OptionGroup var hyperparameters: HyperparameterOptions

    @Option(help: "Begin with these weights (safetensors) instead of drawing them from the seed.")
    var initialWeights: String?

    @Option(help: "Save the trained weights (safetensors, names of PyTorch's state_dict).")
    var save: String?

    @Option(help: "Write the loss of every step and the test score of every epoch as JSON Lines.")
    var metrics: String?

    @OptionGroup var training: TrainingOptions
    @OptionGroup var limit: LimitOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try Hyperparameter.learningRate.validate(learningRate) }

    func run() throws {
        let initial = try initialWeights.map(WeightFile.read)
        _ = try save.map(OutputFile.init)
        let images = try limit.apply(to: data.load())
        let metricsFile = try metrics.map(LineFile.init)
        try run(on: backend.open(), images: images, initial: initial, metrics: metricsFile)
    }

    private func run(
        on backend: some Backend, images: FashionMNIST, initial: StateDictionary?, metrics: LineFile?
    ) throws {
        let settings = training.settings
        let run = try SingleRun(
            data: images, configuration: hyperparameters.configuration(learningRate: learningRate),
            settings: settings, initial: initial, on: backend)
        let progress = ProgressReporter(
            total: settings.epochs * (images.training.count + images.test.count))
        defer { progress.finish() }
        var done = 0
        var step = 0
        var epochs = 0
        var last: Score?
        let isFinite = try run.run { samples in
            done += samples
            progress.update(done: done, phase: "epoch \(epochs + 1) of \(settings.epochs)")
        } finished: { epoch in
            for loss in epoch.losses {
                try metrics?.append(JSON.encode(StepRecord(epoch: epoch.epoch, step: step, loss: loss), layout: .line))
                step += 1
            }
            epochs += 1
            guard let score = epoch.test else { return }
            last = score
            try metrics?.append(
                JSON.encode(
                    EpochRecord(
                        epoch: epoch.epoch, testLoss: score.loss, testAccuracy: score.accuracy), layout: .line))
            progress.note(
                String(
                    format: "Epoch %d: training loss %.4f, test loss %.4f, test accuracy %.2f%%", epoch.epoch + 1,
                    epoch.losses.reduce(0, +) / Double(epoch.losses.count), score.loss, 100 * score.accuracy))
        }
        progress.finish()
        guard isFinite, let last else { throw Diverged(learningRate: learningRate) }
        if let save { try WeightFile.write(run.readState(), to: OutputFile(save)) }
        if output.json {
            try Console.print(
                JSON.encode(
                    Report(
                        backend: backend.device.backend, device: backend.device.name,
                        testLoss: last.loss, testAccuracy: last.accuracy)))
        } else {
            try Console.print(
                String(format: "Test loss %.4f, accuracy %.2f%%", last.loss, 100 * last.accuracy))
        }
    }
}

/// A training whose loss stopped being a number.
private struct Diverged: Error, CustomStringConvertible {
    var learningRate: Double
    var description: String {
        "the loss is no longer finite at learning rate \(learningRate); the metrics up to there are kept. "
            + "Use a smaller learning rate"
    }
}

/// A line of metrics for a step.
private struct StepRecord: Encodable {
    var epoch: Int
    var step: Int
    var loss: Double
}

/// A line of metrics for an epoch.
private struct EpochRecord: Encodable {
    var epoch: Int
    var testLoss: Double
    var testAccuracy: Double
}

/// The JSON of `train`.
private struct Report: Encodable {
    var backend: String
    var device: String
    var testLoss: Double
    var testAccuracy: Double
}
