package import Backend
package import Datasets
package import NeuralNetwork

/// The evaluation of a trained model on a set of images.
package struct Evaluation: Sendable {
    package let score: Score
    /// `[sample][class]`, in the order of the images.
    package let logits: [Float]

    /// Evaluates a model of a network in batches of `batchSize`, or of as many images as there are.
    ///
    /// - Throws: ``DataMismatch`` if the network and the images do not fit together; `BackendError`.
    package init(
        of state: StateDictionary, network: NetworkPlan, on images: LabelledImages, batchSize: Int,
        backend: some Backend
    ) throws {
        try images.format.requireFit(of: network.description)
        let stack = try NetworkStack(
            network, models: 1, samples: min(batchSize, images.count), evaluating: images.count, on: backend)
        try stack.load([state])
        let data = try ResidentDataset(images, on: backend)
        let order = try stack.makeOrder([data.allIndices], datasetSize: data.count)
        let steps = stack.steps(of: order, in: .evaluation)
        let scores = try stack.makeScores(steps: steps)
        var logits: [Float] = []
        let classes = network.description.classes
        logits.reserveCapacity(data.count * classes)
        for step in 0..<steps {
            try stack.runStep(.evaluation, on: data.dataset, order: order, step: step, scores: scores)
            let samples = min(stack.evaluationSamples, data.count - step * stack.evaluationSamples)
            logits += try stack.readLogits().prefix(samples * classes)
        }
        score = Score(try stack.read(scores)[0], samples: data.count)
        self.logits = logits
    }
}
