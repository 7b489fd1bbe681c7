import ArgumentParser
import Backend
import Datasets
import JSON
import NeuralNetwork
import Platform
import Training

/// `resnet-bo train` trains one model.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Train one model on the training images.")

    @Option(parsing: .unconditional, help: "The learning rate.", transform: OptionValue.learningRate)
    var learningRate: Double

    @OptionGroup var hyperparameters: HyperparameterOptions

    @Option(
        help: "Begin with these weights (safetensors) instead of drawing them from the seed.",
        transform: OptionValue.name)
    var initialWeights: String?

    @Option(help: "Save the trained weights (safetensors, names of PyTorch's state_dict).", transform: OptionValue.name)
    var save: String?

    @Option(
        help: "Write the loss of every step and the test score of every epoch as JSON Lines.",
        transform: OptionValue.name)
    var metrics: String?

    @OptionGroup var network: NetworkOptions
    @OptionGroup var training: TrainingOptions
    @OptionGroup var limit: LimitOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var normalization: NormalizationOptions
    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try training.check(hyperparameters) }

    func run() throws {
        let initialFile = try initialWeights.map(WeightFile.init)
        let choice = try network.read(like: initialFile)
        let images = try normalization.apply(
            to: limit.apply(to: data.load(seed: training.seed)), like: initialFile?.statedImages()?.normalization)
        let network = try choice.plan(for: images.format)
        let initial = try initialFile?.state(of: network)
        let weights = try save.map(OutputFile.init)
        let metrics = try metrics.map(LineFile.init)
        try run(
            on: backend.open(), images: images, network: network, base: choice.unscaled.plan(for: images.format),
            width: choice.width, initial: initial, weights: weights, metrics: metrics)
    }

    /// - Parameters:
    ///   - network: The network with the width.
    ///   - base: The network without it.
    private func run(
        on backend: some Backend, images: ImageDataset, network: NetworkPlan, base: NetworkPlan, width: Double,
        initial: StateDictionary?, weights: OutputFile?, metrics: LineFile?
    ) throws {
        let run = try SingleRun(
            data: images, network: base,
            configuration: hyperparameters.configuration(learningRate: learningRate, width: width),
            settings: training.settings, initial: initial, on: backend)
        var step = 0
        let score = try run.runWithProgress { epoch in
            for loss in epoch.losses {
                try metrics?.append(JSON.encode(StepRecord(epoch: epoch.epoch, step: step, loss: loss), layout: .line))
                step += 1
            }
            guard let score = epoch.test else { return nil }
            let record = EpochRecord(epoch: epoch.epoch, testLoss: score.loss, testAccuracy: score.accuracy)
            try metrics?.append(JSON.encode(record, layout: .line))
            let trainingLoss = epoch.losses.reduce(0, +) / Double(epoch.losses.count)
            return "Epoch \(epoch.epoch + 1): training loss \(trainingLoss.printed("%.4f")), "
                + "test loss \(score.loss.printed("%.4f")), test accuracy \((100 * score.accuracy).printed("%.2f%%"))"
        }
        guard let score else {
            throw Failure(
                "the loss is no longer finite at learning rate \(learningRate); the metrics so far are kept. "
                    + "Use a smaller learning rate")
        }
        if let weights {
            try WeightFile.write(
                run.readState(), of: network,
                images: ModelImages(images.format, reading: data.reading.options(seed: training.seed)), to: weights)
        }
        try output.write(score, on: backend.device)
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
