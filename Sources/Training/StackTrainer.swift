package import Backend
package import NeuralNetwork

/// The capacity in samples per model of a stack that trains in batches of `batchSize` on `training` samples.
///
/// Evaluation is divided into steps, so a large test set needs no larger stack. Steps of up to 1024 samples are allowed,
/// because small steps are slower.
func stackSamples(batchSize: Int, training: Int, evaluation: Int) -> Int {
    min(batchSize, max(training, min(evaluation, 1024)))
}

/// Trains and evaluates a stack of models on data sets.
///
/// Each model has its own samples; all models share the steps.
package struct StackTrainer<B: Backend> {
    package let stack: NetworkStack<B>
    private let progress: (Int) throws -> Void

    /// - Parameter progress: is called with the number of samples of every step of some models, after the step is enqueued, from
    ///   any thread, but never concurrently. An error that it throws ends the pass.
    package init(_ stack: NetworkStack<B>, progress: @escaping (Int) throws -> Void = { _ in }) {
        self.stack = stack
        self.progress = progress
    }

    /// Trains every model once on its samples in the given order.
    ///
    /// - Parameters:
    ///   - order: the indices of the samples of each model; the models may have different numbers of samples. A model without
    ///     remaining samples takes no step.
    ///   - draws: what else was drawn for these samples.
    ///   - learningRates: those of the steps, `[model][step]`; nil for those of the step settings.
    /// - Returns: the scores of every step, `[model][step]`, before the update of the step.
    package func train(
        on data: ResidentDataset<B>, order: [[Int32]], draws: EpochDraws = EpochDraws(),
        learningRates: [[Double]]? = nil
    ) throws -> [[StepScore]] {
        try run(.training, through: data, order: order, draws: draws, learningRates: learningRates)
    }

    /// The score of every model on its samples with its running statistics.
    package func evaluate(on data: ResidentDataset<B>, order: [[Int32]]) throws -> [Score] {
        zip(try run(.evaluation, through: data, order: order), order).map { Score($0, samples: $1.count) }
    }

    /// Runs a pass, whose scores are read once, at the end of each part of the data set.
    private func run(
        _ pass: StackPass, through data: ResidentDataset<B>, order perModel: [[Int32]],
        draws: EpochDraws = EpochDraws(), learningRates: [[Double]]? = nil
    ) throws -> [[StepScore]] {
        var scores: [[StepScore]] = Array(repeating: [], count: stack.models)
        let samples = stack.samples(of: pass)
        try data.forEachPart(of: perModel, samples: samples) { part in
            let draws = draws.part(from: part.start, counts: part.order.map(\.count), dropouts: stack.plan.dropouts)
            let order = try stack.makeOrder(part.order, datasetSize: part.count, changes: draws.changes)
            if let masks = draws.masks { try stack.setDropoutMasks(masks) }
            let steps = stack.steps(of: order, in: pass)
            if let learningRates {
                try stack.setLearningRates(
                    learningRates.map { Array($0.dropFirst(part.start / samples).prefix(steps)) })
            }
            let partScores = try stack.makeScores(steps: steps)
            try stack.run(pass, on: part.dataset, order: order, scores: partScores, progress: progress)
            for (model, steps) in try stack.read(partScores).enumerated() { scores[model] += steps }
        }
        return scores
    }
}
