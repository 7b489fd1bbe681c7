import Backend
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Twenty steps of a small network with each of the training options, against PyTorch's.
///
/// `Golden/README` has the recipe; the tolerance is that of ``ArchitectureGoldenTests``.
@Suite("Training options against PyTorch", .serialized, .timeLimit(.minutes(5)))
struct TrainingOptionGoldenTests {
    private static let cases = ["step", "cosine", "smoothing", "nesterov", "augment", "clip", "dropout", "all"]
    private static let batch = 6

    @Test(arguments: BackendUnderTest.all, cases)
    func trainsAsPyTorchDoes(_ backend: BackendUnderTest, _ name: String) throws {
        try train(name, on: try backend.make(), "\(backend.name), \(name)")
    }

    /// The second model of the stack has other settings, and the same images.
    private func train(_ name: String, on backend: some Backend, _ words: String) throws {
        let golden = try GoldenFile("training")
        func numbers(_ tensor: String) throws -> [Double] { try golden("\(name).\(tensor)") }
        let settings = try numbers("settings")
        let hasDropout = settings[6] != 0
        let description = hasDropout ? NetworkDescription.tiny.withDropout() : .tiny
        let plan = try NetworkPlan(description)
        let stack = try NetworkStack(plan, models: 2, samples: Self.batch, on: backend)
        try stack.load(Array(repeating: StateDictionary(initial: plan.layout, seed: 10), count: 2))
        let step = StepSettings(
            learningRate: settings[0], momentum: settings[1], weightDecay: settings[2], labelSmoothing: settings[4],
            clipNorm: settings[5], dropout: settings[6])
        try stack.setStepSettings([step, StepSettings(learningRate: 0.01)], nesterov: settings[3] != 0)

        let images = try golden.drawnImages(
            description.input, classes: description.classes, batch: Self.batch, prefix: "\(name).")
        let steps = images.samples / Self.batch
        if golden.contains("\(name).learning_rates") {
            try stack.setLearningRates([numbers("learning_rates"), Array(repeating: 0.01, count: steps)])
        }
        let data = try backend.makeDataset(images)
        let indices = Array(0..<Int32(images.samples))
        var changes: [ImageChange]?
        if golden.contains("\(name).changes") {
            changes = ([.flip, .crop, .cutout] as Augmentation).changes(
                samples: images.samples, of: images.image, seed: 10, fold: 0, epoch: 0)
        }
        let order = try stack.makeOrder(
            [indices, indices], datasetSize: images.samples, changes: changes.map { [$0, $0] })
        if hasDropout {
            let masks = dropoutMasks(
                plan.dropouts.map { (settings[6], $0.values) }, samples: images.samples, seed: 10, fold: 0, epoch: 0)
            let kept = try numbers("kept")
            #expect(
                masks[0]
                    == (0..<images.samples).map { sample in
                        (0..<7).reduce(0) { $0 | UInt32(kept[7 * sample + $1]) << UInt32($1) }
                    })
            try stack.setDropoutMasks(masks.map { [$0, $0] })
        }
        let scores = try stack.makeScores(steps: steps)
        try stack.run(.training, on: data, order: order, scores: scores)
        let losses = try stack.read(scores)[0].map { $0.lossSum / Float(Self.batch) }
        try golden.expect(losses, "\(name).losses", words)
        try stack.runStep(.evaluation, on: data, order: order, step: 0, scores: scores)
        let logits = try stack.readLogits()
        try golden.expect(Array(logits.prefix(logits.count / 2)), "\(name).final_logits", words)
    }
}
