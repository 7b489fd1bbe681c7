package import Backend
package import NeuralNetwork

/// Passes a stack of models through data sets: every model its own samples, all in the same steps.
package struct StackTrainer<B: Backend> {
    package let stack: ResNetStack<B>
    private let progress: (Int) throws -> Void

    /// - Parameter progress: told, for every step given to the backend, of its samples over all models; what it throws
    ///   ends the pass.
    package init(_ stack: ResNetStack<B>, progress: @escaping (Int) throws -> Void = { _ in }) {
        self.stack = stack
        self.progress = progress
    }

    /// Trains every model on its samples in the given order, once through.
    /// - Parameter order: for each model the indices of its samples; the models may have different numbers of them. A
    ///   model that has none left takes no step.
    /// - Returns: the scores of every step, `[model][step]`, before the step's update.
    package func train(on data: ResidentDataset<B>, order: [[Int32]]) throws -> [[StepScore]] {
        try pass(through: data, order: order) { batch, scores, step in
            try stack.trainStep(on: batch, scores: scores, step: step)
        }
    }

    /// The score of every model on its samples under its running statistics.
    /// - Parameter afterStep: told the counts of every step once it was given to the backend.
    package func evaluate(
        on data: ResidentDataset<B>, order: [[Int32]], afterStep: (SampleCounts) throws -> Void = { _ in }
    ) throws -> [Score] {
        let steps = try pass(through: data, order: order) { batch, scores, step in
            try stack.evaluateStep(on: batch, scores: scores, step: step)
            try afterStep(batch.counts)
        }
        return zip(steps, order).map { Score($0, samples: $1.count) }
    }

    /// Gives the consecutive slices of the order to `body`; reads the scores once, at the end.
    private func pass(
        through data: ResidentDataset<B>, order perModel: [[Int32]],
        body: (StackBatch<B>, StackScores<B>, Int) throws -> Void
    ) throws -> [[StepScore]] {
        let lengths = perModel.map(\.count)
        let steps = ((lengths.max() ?? 0) + stack.samples - 1) / stack.samples
        let order = try stack.makeOrder(perModel, datasetSize: data.count)
        let scores = try stack.makeScores(steps: steps)
        for step in 0..<steps {
            let start = step * stack.samples
            let counts = SampleCounts(lengths.map { min(max($0 - start, 0), stack.samples) })
            try body(StackBatch(dataset: data.dataset, order: order, start: start, counts: counts), scores, step)
            try progress(counts.total)
        }
        return try stack.read(scores)
    }
}
