import Backend
import Backends
import Datasets
import NeuralNetwork
import TestSupport
import Testing
import Training

/// What a network reads for the pixels of a data set, and data sets that are larger than a device.
@Suite(.timeLimit(.minutes(5))) struct PixelTests {
    private func onCPU<Result>(_ body: (any Backend) throws -> Result) throws -> Result {
        try body(BackendSelection(BackendRequest(.cpu)).backend)
    }

    private let normalization = Normalization(means: [0.286], deviations: [0.353])!

    /// The first logits of the test images after an epoch of training, and the final scores of two folds.
    private func results(
        _ data: ImageDataset, batchSize: Int = 32, dataLimit: Int? = nil, hasOptions: Bool = false,
        on backend: some Backend
    ) throws -> (logits: [Float], folds: [FoldResult]) {
        let plan = network(for: data.format)
        let configuration = TrainingConfiguration(
            step: StepSettings(learningRate: 0.05, dropout: hasOptions ? 0.3 : 0), batchSize: batchSize,
            warmUp: hasOptions ? 0.5 : 0)
        let settings = TrainingSettings(
            epochs: 1, seed: 3, schedule: hasOptions ? .cosine : .constant,
            augmentation: hasOptions ? [.flip, .crop, .cutout] : [])
        let validation = try CrossValidation(
            data: data, network: plan, folds: 2, settings: settings, on: backend, dataLimit: dataLimit)
        let folds = try validation.run([configuration], validatesEveryEpoch: true, stops: nil)[0].folds
        let run = try SingleRun(
            data: data, network: plan, configuration: configuration, settings: settings, on: backend,
            dataLimit: dataLimit)
        _ = try run.run { _ in }
        let evaluation = try Evaluation(
            of: run.readState(), network: plan, on: data.test, batchSize: 16, backend: backend, dataLimit: dataLimit)
        return (evaluation.logits, folds)
    }

    /// Bytes, and the same pixels as floats, give the same bits; also where both are normalised.
    @Test(arguments: [false, true]) func floatsAndBytes(isNormalized: Bool) throws {
        func check(on backend: some Backend) throws {
            let bytes = syntheticData(training: 100, test: 40).normalized(by: isNormalized ? normalization : nil)
            let floats = ImageDataset(name: "floats", training: bytes.training.withFloats, test: bytes.test.withFloats)
            #expect(floats.format.element == .float && floats.training.pixels.count == 4 * bytes.training.pixels.count)
            let (expected, found) = try (results(bytes, on: backend), results(floats, on: backend))
            #expect(expected == found)
            #expect(!expected.logits.contains { !$0.isFinite })
        }
        try onCPU { try check(on: $0) }
    }

    /// A normalisation changes what the network computes, by exactly the arithmetic of its definition.
    @Test func normalizedPixels() throws {
        let images = syntheticImages(20, seed: 4)
        let normalized = images.normalized(by: normalization)
        let expected = images.floats.map { ($0 - 0.286) / 0.353 }
        guard case .table(let table) = ImageBytes(normalized).values else {
            Issue.record("normalised bytes have no table")
            return
        }
        #expect(images.pixels.map { table[Int($0)] } == expected)
        let floats = ImageBytes(normalized.withFloats)
        #expect(floats.values == .floats)
        #expect(floats.pixels.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } == expected)
        func check(on backend: some Backend) throws {
            let data = syntheticData(training: 64, test: 20)
            #expect(
                try results(data, on: backend).logits != results(data.normalized(by: normalization), on: backend).logits
            )
        }
        try onCPU { try check(on: $0) }
    }

    /// A data set of which some steps at a time are on the device gives the same bits, on every backend.
    ///
    /// The limits allow one step, one step of the larger training set and all of the test set, and two steps.
    @Test(arguments: BackendUnderTest.all.filter { $0.name != "reference" && !$0.isSlow }, [1, 60_000, 110_000])
    func hostData(_ backend: BackendUnderTest, limit: Int) throws {
        let data = syntheticData(training: 150, test: 40)
        #expect(data.test.pixels.count < 60_000 && data.training.pixels.count > 110_000)
        try backend.use { try compare(data, limit, on: $0) }
    }

    private func compare(_ data: ImageDataset, _ limit: Int, on backend: some Backend) throws {
        // With what an epoch draws for its samples and steps, each part has its own share of it.
        for hasOptions in [false, true] {
            let found = try results(data, batchSize: 4, dataLimit: limit, hasOptions: hasOptions, on: backend)
            #expect(try found == results(data, batchSize: 4, hasOptions: hasOptions, on: backend))
        }
    }
}
