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
    /// - Parameter dataLimit: the most bytes of pixels on the device; nil for what the backend allows.
    /// - Throws: ``DataMismatch`` if the network and the images do not fit together; `BackendError`.
    package init(
        of state: StateDictionary, network: NetworkPlan, on images: LabelledImages, batchSize: Int,
        backend: some Backend, dataLimit: Int? = nil
    ) throws {
        try images.format.requireFit(of: network.description)
        let stack = try NetworkStack(
            network, models: 1, samples: min(batchSize, images.count), evaluating: images.count, on: backend)
        try stack.load([state])
        let data = try ResidentDataset(images, on: backend, limit: dataLimit)
        var (scores, logits): ([StepScore], [Float]) = ([], [])
        let classes = network.description.classes
        logits.reserveCapacity(data.count * classes)
        try data.forEachPart(of: [data.allIndices], samples: stack.evaluationSamples) { part in
            let order = try stack.makeOrder(part.order, datasetSize: part.count)
            let steps = stack.steps(of: order, in: .evaluation)
            let partScores = try stack.makeScores(steps: steps)
            for step in 0..<steps {
                try stack.runStep(.evaluation, on: part.dataset, order: order, step: step, scores: partScores)
                let samples = min(stack.evaluationSamples, part.order[0].count - step * stack.evaluationSamples)
                logits += try stack.readLogits().prefix(samples * classes)
            }
            scores += try stack.read(partScores)[0]
        }
        score = Score(scores, samples: data.count)
        self.logits = logits
    }
}
