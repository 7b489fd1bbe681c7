package import BayesianOptimization

/// A search for the best learning rate: proposes one, has it evaluated, records the outcome, and learns from it.
///
/// What an evaluation does is the objective's business; a study knows of no network.
package struct Study {
    /// What happens while a study runs.
    package enum Event: Sendable {
        /// A learning rate is about to be evaluated; from the second on there is a picture of why this one.
        case proposed(iteration: Int, learningRate: Double, picture: IterationPicture?)

        /// An evaluation was made and recorded.
        case finished(Evaluation)
    }

    /// All that is known so far, also after ``run(evaluations:observe:objective:)`` has thrown an error.
    package private(set) var results: StudyResults

    /// A picture of each iteration from the second on, also after an error.
    package private(set) var pictures: [IterationPicture] = []

    private var optimizer: BayesianOptimizer
    private let file: AtomicFile?

    /// A study without evaluations.
    ///
    /// - Parameters:
    ///   - description: What is recorded beside the results.
    ///   - optimizer: The optimiser, which has been told nothing yet.
    ///   - file: Rewritten with the results after every evaluation.
    package init(description: StudyDescription, optimizer: BayesianOptimizer, file: AtomicFile?) {
        precondition(optimizer.observations.isEmpty, "a study begins with an optimiser that knows nothing yet")
        results = StudyResults(description: description)
        self.optimizer = optimizer
        self.file = file
    }

    /// Evaluates learning rates that the optimiser proposes, one after the other.
    ///
    /// - Parameters:
    ///   - evaluations: How many.
    ///   - observe: Is told what happens, as it happens.
    ///   - objective: Trains and validates with a learning rate.
    /// - Throws: ``StudyError`` where the optimiser has no use for a loss, `OptimizerError` where it can propose
    ///   nothing, ``StorageError`` where the results can't be written (before the first evaluation if that is known by then),
    ///   and what `observe` and `objective` throw. Every evaluation that was finished is in ``results``
    ///   then, and in the file if it could be written.
    package mutating func run(
        evaluations: Int, observe: (Event) throws -> Void = { _ in }, objective: (Double) throws -> TrialOutcome
    ) throws {
        try file?.checkWritable()
        while results.evaluations.count < evaluations {
            try evaluate(observe: observe, objective: objective)
        }
    }

    private mutating func evaluate(
        observe: (Event) throws -> Void, objective: (Double) throws -> TrialOutcome
    ) throws {
        let iteration = results.evaluations.count + 1
        let proposal = try optimizer.ask()
        let picture = try proposal.surrogate.map { surrogate in
            try IterationPicture(
                iteration: iteration, observations: optimizer.observations, surrogate: surrogate, next: proposal.x,
                space: optimizer.space)
        }
        if let picture { pictures.append(picture) }
        try observe(.proposed(iteration: iteration, learningRate: proposal.x, picture: picture))

        let outcome = try objective(proposal.x)
        let evaluation = Evaluation(
            iteration: iteration, learningRate: proposal.x, validationLoss: outcome.validationLoss,
            state: outcome.isDiverged ? .diverged : .complete, folds: outcome.folds,
            lengthScale: proposal.surrogate?.lengthScale, noiseLevel: proposal.surrogate?.noiseLevel)
        results.evaluations.append(evaluation)
        try file?.write(JSON.encode(results) + "\n")
        try observe(.finished(evaluation))

        do throws(OptimizerError) {
            try optimizer.tell(Observation(x: proposal.x, loss: outcome.validationLoss))
        } catch {
            throw StudyError.notLearnable(iteration: iteration, learningRate: proposal.x, reason: error)
        }
    }
}
