import Backend
import Backends
import Datasets
import NeuralNetwork
import Testing
import Training

/// Data sets of other shapes and classes than Fashion-MNIST's.
@Suite(.timeLimit(.minutes(5))) struct DataFormatTests {
    /// Opens the CPU backend for a generic body.
    private func onCPU<Result>(_ body: (any Backend) throws -> Result) throws -> Result {
        try body(BackendSelection(BackendRequest(.cpu)).backend)
    }

    static let formats = [
        syntheticFormat(rows: 17, columns: 13, classes: 4), syntheticFormat(rows: 13, columns: 17, classes: 2),
        syntheticFormat(channels: 3, rows: 17, columns: 13, classes: 4),
    ]

    private let settings = TrainingSettings(epochs: 6, seed: 10)
    private let configuration = TrainingConfiguration(step: StepSettings(learningRate: 0.1), batchSize: 16)

    @Test("Cross-validation learns images of any format", arguments: formats)
    func crossValidation(format: LabelledImages.Format) throws {
        let data = syntheticData(training: 96, test: 20, format: format)
        func run(on backend: some Backend) throws -> CrossValidationResult {
            try CrossValidation(
                data: data, network: network(for: format), folds: 3, settings: settings, on: backend
            ).run([configuration], stops: nil)[0]
        }
        let result = try onCPU { try run(on: $0) }
        #expect(result.validationAccuracy > 0.9)
        #expect(result.testAccuracy > 0.9)
        #expect(!result.isDiverged)
    }

    @Test("A single run learns images of any format, and its state gives the same score", arguments: formats)
    func singleRun(format: LabelledImages.Format) throws {
        let data = syntheticData(training: 96, test: 20, format: format)
        func run(on backend: some Backend) throws {
            let run = try SingleRun(
                data: data, network: network(for: format), configuration: configuration, settings: settings,
                on: backend)
            let score = try #require(try run.run { _ in })
            #expect(score.accuracy > 0.9)
            let evaluation = try Evaluation(
                of: run.readState(), network: network(for: format), on: data.test, batchSize: 20, backend: backend)
            #expect(abs(evaluation.score.loss - score.loss) < 1e-6)
            #expect(evaluation.logits.count == 20 * format.classes)
        }
        try onCPU { try run(on: $0) }
    }

    /// A network that has learnt nothing has about the loss ln(classes), which counts as diverged: 1.4 for four classes,
    /// where 2.2 is the bound of ten.
    @Test("The bound of a diverged loss is that of the data's classes")
    func divergence() throws {
        let format = syntheticFormat(rows: 17, columns: 13, classes: 4)
        let data = syntheticData(training: 96, test: 20, format: format)
        func run(on backend: some Backend) throws -> CrossValidationResult {
            try CrossValidation(
                data: data, network: network(for: format), folds: 3,
                settings: TrainingSettings(epochs: 1, seed: 10), on: backend
            ).run([TrainingConfiguration(step: StepSettings(learningRate: 1e-9), batchSize: 16)], stops: nil)[0]
        }
        let result = try onCPU { try run(on: $0) }
        #expect(result.folds.allSatisfy { $0.validation.loss < Score.divergedLoss(classes: 10) })
        #expect(result.folds.allSatisfy { $0.isDiverged })
    }

    /// A network for other images, and the expected error and its text.
    struct Mismatch: Sendable, CustomTestStringConvertible {
        var network: LabelledImages.Format
        var error: DataMismatch
        var text: String
        var testDescription: String { text }
    }

    static let mismatches = [
        Mismatch(
            network: syntheticFormat(channels: 1, rows: 17, columns: 13, classes: 4),
            error: .channels(network: 1, images: 3), text: "the network takes images of 1 channel, and these have 3"),
        Mismatch(
            network: syntheticFormat(channels: 3, rows: 13, columns: 17, classes: 4),
            error: .size(network: Extent(height: 13, width: 17), images: Extent(height: 17, width: 13)),
            text: "the network takes images of 13 x 17 pixels, and these have 17 x 13"),
        Mismatch(
            network: syntheticFormat(channels: 3, rows: 17, columns: 13, classes: 10),
            error: .classes(network: 10, images: 4),
            text: "the network has 10 classes, and the images have 4"),
        // The first of several is named.
        Mismatch(
            network: syntheticFormat(channels: 2, rows: 28, columns: 28, classes: 10),
            error: .channels(network: 2, images: 3), text: "the network takes images of 2 channels, and these have 3"),
    ]

    @Test("A network that does not fit is refused", arguments: mismatches)
    func mismatch(_ mismatch: Mismatch) throws {
        #expect("\(mismatch.error)" == mismatch.text)
        let data = syntheticData(
            training: 12, test: 4, format: syntheticFormat(channels: 3, rows: 17, columns: 13, classes: 4))
        let network = network(for: mismatch.network)
        func run(on backend: some Backend) {
            #expect(throws: mismatch.error) {
                try CrossValidation(data: data, network: network, folds: 3, settings: settings, on: backend)
            }
            #expect(throws: mismatch.error) {
                try SingleRun(
                    data: data, network: network, configuration: configuration, settings: settings, on: backend)
            }
            let state = StateDictionary(initial: network.layout, seed: 10)
            #expect(throws: mismatch.error) {
                try Evaluation(of: state, network: network, on: data.test, batchSize: 4, backend: backend)
            }
        }
        try onCPU { run(on: $0) }
    }

    /// A network with a batch norm of features, which a batch of one image can't train.
    private static let normOfFeatures = NetworkDescription(
        "features", input: SampleShape(channels: 1, image: Extent(height: 17, width: 13)), classes: 4,
        layers: [
            NetworkLayer("flatten", .flatten), NetworkLayer("fc1", .linear(outputs: 3)), .batchNorm("bn"), .relu(),
            NetworkLayer("fc2", .linear(outputs: nil)),
        ])

    /// The training sets have 12 images, and 8 in each of 3 folds; PyTorch refuses a batch of one image too.
    @Test(
        "A last batch of one image is refused before training",
        arguments: [(1, true, true), (2, false, false), (4, false, false), (7, false, true), (11, true, false)])
    func singleImages(batchSize: Int, isRefusedAlone: Bool, isRefusedInFolds: Bool) throws {
        let data = syntheticData(training: 12, test: 4, format: syntheticFormat(rows: 17, columns: 13, classes: 4))
        let plan = try NetworkPlan(Self.normOfFeatures)
        #expect(plan.normOfSinglePixels == "bn")
        #expect(network(for: data.training.format).normOfSinglePixels == nil)
        let configuration = TrainingConfiguration(step: StepSettings(learningRate: 0.1), batchSize: batchSize)
        func images(_ body: () throws -> Void) throws -> Int? {
            do { try body() } catch DataMismatch.singleValue(let norm, let images, batchSize) {
                #expect(norm == "bn")
                return images
            }
            return nil
        }
        func run(on backend: some Backend) throws {
            let settings = TrainingSettings(epochs: 1, seed: 10)
            let alone = try images {
                let run = try SingleRun(
                    data: data, network: plan, configuration: configuration, settings: settings, on: backend)
                _ = try run.run { _ in }
            }
            #expect(alone == (isRefusedAlone ? 12 : nil))
            let folded = try images {
                let validation = try CrossValidation(
                    data: data, network: plan, folds: 3, settings: settings, on: backend)
                var steps = 0
                do { _ = try validation.run([configuration], progress: { _ in steps += 1 }, stops: nil) } catch {
                    #expect(steps == 0)
                    throw error
                }
            }
            #expect(folded == (isRefusedInFolds ? 8 : nil))
        }
        try onCPU { try run(on: $0) }
    }
}
