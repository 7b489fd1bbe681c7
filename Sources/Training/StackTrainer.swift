package import Backend
package import NeuralNetwork

/// How many samples of each model a stack must hold to train in batches of `batchSize` on `training` samples.
///
/// Evaluation goes in parts, so a test set of many samples needs no larger stack; parts of up to 1024 are allowed because
/// small ones take longer.
func stackSamples(batchSize: Int, training: Int, evaluation: Int) -> Int {
    min(batchSize, max(training, min(evaluation, 1024)))
}

/// Passes a stack of models through data sets: every model its own samples, all in the same steps.
package struct StackTrainer<B: Backend> {
    package let stack: ResNetStack<B>
    private let progress: (Int) throws -> Void

    /// - Parameter progress: told of the samples of every step of some models that was given to the backend, one call at a
    ///   time but from any thread; what it throws ends the pass.
    package init(_ stack: ResNetStack<B>, progress: @escaping (Int) throws -> Void = { _ in }) {
        self.stack = stack
        self.progress = progress
    }

    /// Trains every model on its samples in the given order, once through.
    /// - Parameter order: for each model the indices of its samples; the models may have different numbers of them. A
    ///   model that has none left takes no step.
    /// - Returns: the scores of every step, `[model][step]`, before the step's update.
    package func train(on data: ResidentDataset<B>, order: [[Int32]]) throws -> [[StepScore]] {
        try run(.training, through: data, order: order)
    }

    /// The score of every model on its samples under its running statistics.
    package func evaluate(on data: ResidentDataset<B>, order: [[Int32]]) throws -> [Score] {
        zip(try run(.evaluation, through: data, order: order), order).map { Score($0, samples: $1.count) }
    }

    /// The same, step after step.
    /// - Parameter afterStep: told the counts of every step once it was given to the backend.
    package func evaluate(
        on data: ResidentDataset<B>, order perModel: [[Int32]], afterStep: (SampleCounts) throws -> Void
    ) throws -> [Score] {
        let order = try stack.makeOrder(perModel, datasetSize: data.count)
        let steps = stack.steps(of: order)
        let scores = try stack.makeScores(steps: steps)
        for step in 0..<steps {
            let counts = stack.counts(of: order, step: step)
            try stack.evaluateStep(
                on: StackBatch(dataset: data.dataset, order: order, start: step * stack.samples, counts: counts),
                scores: scores, step: step)
            try afterStep(counts)
            try progress(counts.total)
        }
        return zip(try stack.read(scores), perModel).map { Score($0, samples: $1.count) }
    }

    /// A pass, whose scores are read once, at the end.
    private func run(
        _ pass: StackPass, through data: ResidentDataset<B>, order perModel: [[Int32]]
    ) throws -> [[StepScore]] {
        let order = try stack.makeOrder(perModel, datasetSize: data.count)
        let scores = try stack.makeScores(steps: stack.steps(of: order))
        try stack.run(pass, on: data.dataset, order: order, scores: scores, progress: progress)
        return try stack.read(scores)
    }
}
