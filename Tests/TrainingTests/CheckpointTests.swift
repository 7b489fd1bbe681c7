import Backend
import Datasets
import NeuralNetwork
import TestSupport
import Testing
import Training

/// A cross-validation that ends after an epoch and goes on from its checkpoint has the bits of one that never ended.
@Suite(.timeLimit(.minutes(10))) struct CheckpointTests {
    private struct Interruption: Error {}

    /// Keeps one checkpoint as the bytes of a file, and ends the run after some epochs.
    private final class Store: CheckpointStore {
        var file: [UInt8]?
        /// The indices of the configurations in the file.
        var members: [Int] = []
        /// The epoch after which the run ends; 0 for none.
        var end = 0
        /// What the index of a configuration is in the run that the file is of.
        var original: (Int) -> Int = { $0 }

        func restore(_ configurations: [Int], as shape: StackCheckpoint.Shape) throws -> StackCheckpoint? {
            guard let file else { return nil }
            let indices = configurations.map { members.firstIndex(of: original($0)) }
            guard !indices.contains(nil) else { return nil }
            return try StackCheckpoint(Safetensors(file, name: "file"), members: members.count, as: shape)
                .choosing(indices.compactMap { $0 })
        }

        func save(_ checkpoint: StackCheckpoint, of configurations: [Int]) throws {
            file = try checkpoint.safetensors(metadata: [:]).encoded()
            members = configurations.map(original)
            if checkpoint.epochs == end { throw Interruption() }
        }

        func remove() { file = nil }
    }

    private static let backends = BackendUnderTest.all.filter { $0.name != "reference" && !$0.isSlow }

    /// All that has a state between two epochs, or might have one.
    private let settings = TrainingSettings(
        epochs: 4, schedule: .cosine, nesterov: true, augmentation: [.flip, .crop, .cutout])

    /// The second one has no velocities, the third one is stopped after its second epoch, and the last one is another stack.
    private let configurations = [
        TrainingConfiguration(
            step: StepSettings(learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3, labelSmoothing: 0.1, dropout: 0.3),
            batchSize: 32, warmUp: 1.5),
        TrainingConfiguration(step: StepSettings(learningRate: 0.1, dropout: 0.1), batchSize: 32, replicate: 1),
        TrainingConfiguration(step: StepSettings(learningRate: 0.2, momentum: 0.5, dropout: 0.2), batchSize: 32),
        TrainingConfiguration(step: StepSettings(learningRate: 0.1, momentum: 0.9, clipNorm: 1), batchSize: 16),
    ]

    private func run(
        _ configurations: [TrainingConfiguration], prunes: Bool, _ store: Store?, on backend: some Backend,
        progress: @escaping (Int, Int) -> Void = { _, _ in }
    ) throws -> [CrossValidationResult] {
        let data = syntheticData(training: 120, test: 40)
        let validation = try CrossValidation(
            data: data, network: network(for: data.format), folds: 2, settings: settings, on: backend)
        let rates = configurations.map(\.step.learningRate)
        return try validation.run(
            configurations, progress: { progress($0.samplesDone, $0.samplesTotal) },
            stops: prunes ? { rates[$0] == 0.2 && $1[0].count == 2 } : nil, checkpoints: store)
    }

    @Test(arguments: backends, [true, false]) func goingOnHasTheSameBits(on tested: BackendUnderTest, prunes: Bool)
        throws
    {
        try tested.use { backend in
            let whole = try run(configurations, prunes: prunes, nil, on: backend)
            #expect(whole.map(\.isStopped) == [false, false, prunes, false])
            for end in 1...settings.epochs {
                let store = Store()
                store.end = end
                #expect(throws: Interruption.self) { _ = try run(configurations, prunes: prunes, store, on: backend) }
                #expect(store.members == [0, 1, 2])
                // The run ends once more, within the other stack.
                #expect(throws: Interruption.self) {
                    store.end = end == settings.epochs ? 1 : settings.epochs
                    _ = try run(configurations, prunes: prunes, store, on: backend)
                }
                store.end = 0
                var progress: (Int, Int) = (0, 1)
                #expect(try run(configurations, prunes: prunes, store, on: backend) { progress = ($0, $1) } == whole)
                #expect(progress.0 == progress.1)
                #expect(store.file == nil)
            }
        }
    }

    /// The stack of those that are left, if some were recorded and others not.
    @Test(arguments: [[0], [1], [2, 1]]) func someMembersGoOn(members: [Int]) throws {
        let tested = try #require(Self.backends.first)
        try tested.use { backend in
            let whole = try run(configurations, prunes: true, nil, on: backend)
            let store = Store()
            store.end = 3
            #expect(throws: Interruption.self) { _ = try run(configurations, prunes: true, store, on: backend) }
            store.end = 1
            store.original = { members[$0] }
            let left = try run(members.map { configurations[$0] }, prunes: true, store, on: backend)
            #expect(left == members.map { whole[$0] })
        }
    }

    /// The places of a file that a run checks.
    @Test(arguments: [
        ("epochs", Safetensors.Tensor(shape: [], values: .int64([5]))),
        ("epochs", Safetensors.Tensor(shape: [1], values: .int64([1]))),
        ("parameters", Safetensors.Tensor(shape: [6, 1], values: .float32([1, 2, 3, 4, 5, 6]))),
        ("velocities", Safetensors.Tensor(shape: [6, 1], values: .int64([1, 2, 3, 4, 5, 6]))),
        ("scored", Safetensors.Tensor(shape: [6], values: .int64([2, 2, 2, 2, 2, 1]))),
        ("scored", Safetensors.Tensor(shape: [6], values: .int64([2, 2, 2, 2, -1, -1]))),
        ("scores", Safetensors.Tensor(shape: [6, 1, 2], values: .int64(Array(repeating: 0, count: 12)))),
    ]) func anotherShapeIsRefused(name: String, tensor: Safetensors.Tensor) throws {
        let tested = try #require(Self.backends.first)
        try tested.use { backend in
            let store = Store()
            store.end = 2
            #expect(throws: Interruption.self) { _ = try run(configurations, prunes: true, store, on: backend) }
            let file = try Safetensors(#require(store.file), name: "file")
            var changed = Safetensors()
            for other in file.names {
                changed.append(other, other == name ? tensor : try #require(file.tensors[other]))
            }
            store.file = try changed.encoded()
            #expect(throws: CheckpointMismatch(tensor: name)) {
                _ = try run(configurations, prunes: true, store, on: backend)
            }
        }
    }
}
