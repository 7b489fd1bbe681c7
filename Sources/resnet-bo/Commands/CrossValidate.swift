import ArgumentParser
import Backend
import Datasets
import NeuralNetwork
import Platform
import Reporting
import Studies
import Training

/// `resnet-bo cross-validate` measures the losses of given learning rates.
struct CrossValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Cross-validate learning rates, all of them trained as one stack of models.")

    @Option(
        parsing: .unconditional, help: "Learning rates, separated by commas.",
        transform: { text in
            try text.split(separator: ",", omittingEmptySubsequences: false).map { rate in
                do { return try OptionValue.learningRate(String(rate.filter { $0 != " " })) } catch {
                    throw ValidationError("'\(rate)' is not a learning rate: \(error)")
                }
            }
        })
    var learningRate: [Double]

    @OptionGroup var hyperparameters: HyperparameterOptions

    @Flag(help: "Validate after every epoch; the losses are in the JSON.")
    var epochLosses = false

    @Option(
        "The number of a repetition, which sees the images in other orders.",
        OptionValue.wholeNumber(0...Int(UInt32.max)))
    var replicate = 0

    @OptionGroup var network: NetworkOptions
    @OptionGroup var training: TrainingOptions
    @OptionGroup var folds: FoldOptions
    @OptionGroup var limit: LimitOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var normalization: NormalizationOptions
    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func validate() throws { try training.check(hyperparameters) }

    func run() throws {
        let choice = try network.read()
        let images = try normalization.apply(to: limit.apply(to: data.load(seed: training.seed)))
        folds.warn(about: images.training)
        let network = try choice.unscaled.plan(for: images.format)
        try run(on: backend.open(), images: images, network: network, width: choice.width)
    }

    private func run(on backend: some Backend, images: ImageDataset, network: NetworkPlan, width: Double) throws {
        let configurations = learningRate.map {
            hyperparameters.configuration(learningRate: $0, width: width, replicate: replicate)
        }
        let validation = try CrossValidation(
            data: images, network: network, folds: folds.folds, isStratified: folds.stratify,
            settings: training.settings, on: backend)
        let progress = ProgressReporter(
            total: configurations.count * validation.samplesPerConfiguration(validatesEveryEpoch: epochLosses))
        defer { progress.finish() }
        let start = ContinuousClock.now
        let results = try validation.run(
            configurations, validatesEveryEpoch: epochLosses,
            progress: { step in
                progress.update(done: step.samplesDone, total: step.samplesTotal, phase: step.phase.description)
            }, stops: nil)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        progress.finish()

        let report = Report(
            backend: backend.device.backend, device: backend.device.name,
            results: results.map { Report.Result($0, seconds: seconds) })
        try output.write(report, text: Self.table(results).lines.joined(separator: "\n"))
        if let result = results.first(where: { !$0.validationLoss.isFinite || !$0.testLoss.isFinite }) {
            throw Failure("the loss at the learning rate \(result.learningRate) is not finite")
        }
    }

    private static func table(_ results: [CrossValidationResult]) -> Table {
        Table(
            ["learning rate", "validation loss", "accuracy", "test loss", "accuracy"],
            results.map { result in
                [
                    result.learningRate.printed("%g"), result.validationLoss.formatted(fractionDigits: 4),
                    (100 * result.validationAccuracy).formatted(fractionDigits: 2) + "%",
                    result.testLoss.formatted(fractionDigits: 4),
                    (100 * result.testAccuracy).formatted(fractionDigits: 2) + "%", result.isDiverged ? "diverged" : "",
                ]
            })
    }
}

/// The JSON of `cross-validate`.
private struct Report: Encodable {
    var backend: String
    var device: String
    var results: [Result]

    struct Result: Encodable {
        var learningRate: Double
        var validationLoss: Double
        var validationAccuracy: Double
        var testLoss: Double
        var testAccuracy: Double
        /// The seconds of the whole stack, because all rates train together.
        var seconds: Double
        var folds: [TrialRecord.FoldOutcome]

        init(_ result: CrossValidationResult, seconds: Double) {
            learningRate = result.learningRate
            validationLoss = result.validationLoss
            validationAccuracy = result.validationAccuracy
            testLoss = result.testLoss
            testAccuracy = result.testAccuracy
            self.seconds = seconds
            folds = result.folds.map(TrialRecord.FoldOutcome.init)
        }
    }
}
