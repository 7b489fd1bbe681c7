import BayesianOptimization
import JSON
package import Platform

/// A search for the best hyperparameters: proposes some, has them evaluated, records the outcome, and learns from it.
///
/// What an evaluation does is the objective's business; a study knows of no network.
package struct Study {
    /// One evaluation that an objective is to make.
    package struct Trial: Sendable, Equatable {
        /// The number of the evaluation, from 1.
        package let iteration: Int

        /// What to evaluate.
        package let hyperparameters: Hyperparameters

        /// 0, or the number of a repetition in other random orders.
        package let replicate: Int
    }

    /// What happens while a study runs.
    package enum Event: Sendable {
        /// Some trials are about to be evaluated; from the second on there is a snapshot of why these.
        case proposed([Trial], snapshot: SurrogateSnapshot?)

        /// An evaluation was made and recorded, now or before the study was interrupted.
        case finished(Evaluation)
    }

    /// Trains and validates with the hyperparameters of some trials, all of the same batch size.
    ///
    /// It may ask `stops`, after any epoch but the last, whether a trial is to be stopped, given its place among the trials
    /// and its validation losses so far, `[fold][epoch]`. It returns the outcome of each trial, in their order.
    package typealias Objective = (
        _ trials: [Trial], _ stops: @escaping (_ trial: Int, _ losses: [[Double]]) -> Bool
    ) throws -> [TrialOutcome]

    /// All that is known so far, also after ``run(evaluations:parallel:observe:objective:)`` has thrown an error.
    package private(set) var results: StudyResults

    /// A snapshot of each iteration from the second on, also after an error; at the end one of the answer.
    package private(set) var snapshots: [SurrogateSnapshot] = []

    private var engine: any SearchEngine
    private let learningRates: ClosedRange<Double>
    private let file: OutputFile?
    private var pruning: EarlyStopping?
    private let stopsEarly: Bool
    /// Evaluations of an interrupted run that are not yet part of this one.
    private var recorded: [Evaluation]

    /// A study without evaluations.
    ///
    /// - Parameters:
    ///   - description: What is recorded beside the results.
    ///   - engine: Proposes; it has been told nothing yet.
    ///   - learningRates: The search space along the learning rate, for the snapshots.
    ///   - pruning: Decides which trainings are stopped early; none for no such.
    ///   - file: Rewritten with the results after every evaluation.
    ///   - recorded: The evaluations of an interrupted run of the same study, which are not made again.
    ///   - stopsEarly: Whether the study ends once the engine says that more evaluations are not worth it.
    package init(
        description: StudyDescription, engine: any SearchEngine, learningRates: ClosedRange<Double>,
        pruning: EarlyStopping? = nil, file: OutputFile?, recorded: [Evaluation] = [], stopsEarly: Bool = true
    ) {
        results = StudyResults(description: description)
        self.engine = engine
        self.learningRates = learningRates
        self.pruning = pruning
        self.file = file
        self.recorded = recorded
        self.stopsEarly = stopsEarly
    }

    /// Evaluates hyperparameters that the engine proposes, some at a time, until it has no more use for them.
    ///
    /// - Parameters:
    ///   - evaluations: How many at most.
    ///   - parallel: How many are proposed and evaluated together.
    ///   - observe: Is told what happens, as it happens.
    ///   - objective: Trains and validates.
    /// - Throws: ``StudyError`` where the optimiser has no use for a loss, or where recorded evaluations are not this
    ///   study's; `OptimizerError` where it can propose nothing, `FileError` where the results can't be written, and
    ///   what `observe` and `objective` throw. Every evaluation that was
    ///   finished is in ``results`` then, and in the file if it could be written.
    package mutating func run(
        evaluations: Int, parallel: Int = 1, observe: (Event) throws -> Void = { _ in }, objective: Objective
    ) throws {
        while results.evaluations.count < evaluations, results.stopReason == nil {
            let count = min(parallel, evaluations - results.evaluations.count)
            try evaluate(count, observe: observe, objective: objective)
            if stopsEarly, results.evaluations.count < evaluations { results.stopReason = try engine.stopReason() }
        }
        try conclude()
    }

    private mutating func evaluate(_ count: Int, observe: (Event) throws -> Void, objective: Objective) throws {
        let first = results.evaluations.count + 1
        let proposals = try engine.ask(count)
        let surrogate = first > 1 ? try engine.surrogate() : nil
        if let surrogate {
            snapshots.append(
                try SurrogateSnapshot(
                    iterations: first...first + proposals.count - 1, evaluations: results.evaluations,
                    surrogate: surrogate, next: proposals, choice: nil, learningRates: learningRates))
        }
        let trials = trials(proposals, from: first)
        try observe(.proposed(trials, snapshot: surrogate == nil ? nil : snapshots.last))

        for evaluation in try takeRecorded(trials) { try record(evaluation, observe) }
        let done = Set(results.evaluations.map(\.iteration))
        var open = trials.filter { !done.contains($0.iteration) }
        // Those of one batch size train as one stack, and what a stack came to is recorded before the next one begins.
        while let batchSize = open.first?.hyperparameters.batchSize {
            let stack = open.filter { $0.hyperparameters.batchSize == batchSize }
            open.removeAll { $0.hyperparameters.batchSize == batchSize }
            let pruning = pruning
            let outcomes = try objective(stack) { _, losses in pruning?.stops(losses) ?? false }
            for (trial, outcome) in zip(stack, outcomes) {
                let forecast =
                    outcome.state == .pruned ? pruning?.forecast(of: outcome.folds.compactMap(\.epochLosses)) : nil
                try record(
                    Self.evaluation(of: trial, outcome, surrogate: surrogate, forecast: forecast), observe)
            }
        }
        // Always in the order of their numbers, whatever finished first.
        for evaluation in results.evaluations.suffix(trials.count) { try learn(from: evaluation) }
    }

    private mutating func record(_ evaluation: Evaluation, _ observe: (Event) throws -> Void) throws {
        results.evaluations.append(evaluation)
        results.evaluations.sort { $0.iteration < $1.iteration }
        // A study that goes on does not replace the longer record of the interrupted one by a shorter.
        if recorded.isEmpty { try file?.write(JSON.encode(results) + "\n") }
        try observe(.finished(evaluation))
    }

    /// What to evaluate; a repetition gets a number of its own where other orders make it worth it.
    private func trials(_ proposals: [Hyperparameters], from first: Int) -> [Trial] {
        var seen = results.evaluations.map(\.hyperparameters)
        return proposals.enumerated().map { index, proposal in
            let replicate = engine.repeatsInOtherOrders ? seen.count { $0 == proposal } : 0
            seen.append(proposal)
            return Trial(iteration: first + index, hyperparameters: proposal, replicate: replicate)
        }
    }

    /// The evaluations of an interrupted run that are those of some trials.
    private mutating func takeRecorded(_ trials: [Trial]) throws(StudyError) -> [Evaluation] {
        let iterations = Set(trials.map(\.iteration))
        let known = recorded.filter { iterations.contains($0.iteration) }
        recorded.removeAll { iterations.contains($0.iteration) }
        for evaluation in known {
            guard let trial = trials.first(where: { $0.iteration == evaluation.iteration }) else { continue }
            guard trial.hyperparameters == evaluation.hyperparameters, trial.replicate == evaluation.replicate else {
                throw .otherStudy(
                    iteration: trial.iteration, recorded: evaluation.learningRate,
                    proposed: trial.hyperparameters.learningRate)
            }
        }
        return known
    }

    private static func evaluation(
        of trial: Trial, _ outcome: TrialOutcome, surrogate: (any SearchSurrogate)?, forecast: Forecast?
    ) -> Evaluation {
        Evaluation(
            iteration: trial.iteration, hyperparameters: trial.hyperparameters, replicate: trial.replicate,
            validationLoss: outcome.validationLoss, state: outcome.state, epochs: outcome.epochs, forecast: forecast,
            folds: outcome.folds, lengthScale: surrogate?.lengthScale, noiseLevel: surrogate?.noiseLevel)
    }

    private mutating func learn(from evaluation: Evaluation) throws {
        if evaluation.state == .complete { pruning?.learn(evaluation.folds.compactMap(\.epochLosses)) }
        do throws(OptimizerError) {
            try engine.tell(
                FinishedTrial(
                    hyperparameters: evaluation.hyperparameters,
                    loss: evaluation.forecast?.mean ?? evaluation.validationLoss,
                    foldLosses: evaluation.state == .pruned ? nil : evaluation.folds.map(\.validationLoss),
                    forecastDeviation: evaluation.forecast?.std, state: evaluation.state))
        } catch {
            throw StudyError.notLearnable(
                iteration: evaluation.iteration, learningRate: evaluation.learningRate, reason: error)
        }
    }

    /// Adds the answer to the results, and a snapshot of it.
    private mutating func conclude() throws {
        results.recommendation = try engine.recommendation()
        try file?.write(JSON.encode(results) + "\n")
        guard let answer = results.answer, let surrogate = try engine.surrogate() else { return }
        let next = results.evaluations.count + 1
        snapshots.append(
            try SurrogateSnapshot(
                iterations: next...next, evaluations: results.evaluations, surrogate: surrogate, next: [],
                choice: answer, learningRates: learningRates))
    }
}

extension SurrogateSnapshot {
    /// Until a study knows parameters by name.
    init(
        iterations: ClosedRange<Int>, evaluations: [Evaluation], surrogate: any SearchSurrogate,
        next: [Hyperparameters], choice: Hyperparameters?, learningRates: ClosedRange<Double>
    ) throws(OptimizerError) {
        let origin = next.first ?? choice ?? evaluations[0].hyperparameters
        let points = evaluations.map { evaluation in
            let mark: Mark =
                switch evaluation.state {
                case .complete: .complete
                case .pruned: .pruned
                case .diverged: .diverged
                }
            return Point(
                x: evaluation.learningRate, loss: evaluation.forecast?.mean ?? evaluation.validationLoss,
                error: evaluation.forecast?.std ?? evaluation.standardError, state: mark)
        }
        let axis = try Parameter(
            "learning-rate",
            .real(
                lower: learningRates.lowerBound, upper: learningRates.upperBound,
                scale: surrogate.scale == .log ? .log : .linear))
        try self.init(
            iterations: iterations, points: points, surrogate: NamedSurrogate(surrogate: surrogate, origin: origin),
            axis: axis, origin: [:], next: next.map(\.learningRate), choice: choice?.learningRate,
            cut: surrogate.others.map { other in
                Cut(
                    name: other.name,
                    value: other == .batchSize ? .integer(origin.batchSize) : .real(origin[other]))
            })
    }
}

private struct NamedSurrogate: SampledSurrogate {
    let surrogate: any SearchSurrogate
    let origin: Hyperparameters
    var acquisitionName: String { surrogate.acquisitionName }

    private func hyperparameters(_ points: [[String: ParameterValue]]) -> [Hyperparameters] {
        points.map { point in
            var result = origin
            if case .real(let rate)? = point["learning-rate"] { result.learningRate = rate }
            return result
        }
    }

    func predict(
        _ points: [[String: ParameterValue]]
    ) throws(OptimizerError) -> [(mean: Double, standardDeviation: Double)] {
        try surrogate.predict(hyperparameters(points))
    }

    func acquisition(_ points: [[String: ParameterValue]]) throws(OptimizerError) -> [Double] {
        try surrogate.acquisition(hyperparameters(points))
    }
}
