package import Backend
package import Datasets
package import NeuralNetwork

/// The evaluation of a trained model on a set of images.
package struct Evaluation: Sendable {
    package let score: Score
    /// `[sample][class]`, in the order of the images.
    package let logits: [Float]

    /// Evaluates a model in batches of `batchSize`, or of as many images as there are.
    ///
    /// - Parameter progress: is called with the number of samples of every step.
    package init<B: Backend>(
        of state: StateDictionary, on images: LabelledImages, batchSize: Int, backend: B,
        progress: @escaping (Int) throws -> Void = { _ in }
    ) throws {
        let stack = try ResNetStack(models: 1, samples: min(batchSize, images.count), on: backend)
        try stack.load([state])
        let data = try ResidentDataset(images, on: backend)
        var logits: [Float] = []
        logits.reserveCapacity(data.count * stack.description.classes)
        score = try StackTrainer(stack, progress: progress)
            .evaluate(on: data, order: [data.allIndices]) { counts in
                logits += try stack.readLogits().prefix(counts.total * stack.description.classes)
            }[0]
        self.logits = logits
    }
}
