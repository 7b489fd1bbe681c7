package import BayesianOptimization
import JSON
package import Platform

/// A search for the best hyperparameters: proposes some, has them evaluated, records the outcome, and learns from it.
///
/// What a trial does is the objective's business; a study knows named parameters, and no network.
package final class Study {
    /// What is searched, and how.
    package struct Search: Sendable {
        /// The parameters that are searched. The first one is real; the curves of snapshots run along it.
        package let space: ParameterSpace

        /// How the optimiser works, with its first point.
        package let configuration: Configuration

        /// All hyperparameters of a trial, in the order in which people see them: with their values where they are fixed.
        package let defaults: [NamedValue]

        /// What the optimiser is told of trials.
        package let noise: NoiseSource

        /// Decides which trainings are stopped early; none for no such.
        package let pruning: EarlyStopping?

        /// Whether the study ends once the optimiser says that more trials are not worth it.
        package let stopsEarly: Bool

        /// A search from its parts.
        package init(
            space: ParameterSpace, configuration: Configuration, defaults: [NamedValue], noise: NoiseSource,
            pruning: EarlyStopping? = nil, stopsEarly: Bool = true
        ) {
            self.space = space
            self.configuration = configuration
            self.defaults = defaults
            self.noise = noise
            self.pruning = pruning
            self.stopsEarly = stopsEarly
        }
    }

    /// What happens while a study runs.
    package enum Event: Sendable {
        /// Some trials are about to be evaluated; with a snapshot of every batch so far, from the second on.
        case proposed([TrialPlan], snapshots: [SurrogateSnapshot])

        /// A trial was evaluated and recorded, now or before the study was interrupted.
        case finished(TrialRecord)
    }

    /// Evaluates some trials, in any order.
    ///
    /// It may ask `stops`, after any epoch but the last, whether a trial is to be stopped, given its place among the trials
    /// and its validation losses so far, `[fold][epoch]`. It hands the outcome of each trial, by its place, to `finished` as
    /// soon as it is known, and ends with the error that this throws.
    package typealias Objective = (
        _ trials: [TrialPlan], _ stops: @escaping (_ trial: Int, _ losses: [[Double]]) -> Bool,
        _ finished: (_ trial: Int, _ outcome: TrialRecord.Outcome) throws -> Void
    ) throws -> Void

    /// All that is known so far, also after ``run(trials:parallel:observe:objective:)`` has thrown an error.
    package private(set) var record: StudyRecord

    /// A snapshot of each batch from the second on, also after an error; at the end one of the answer.
    package private(set) var snapshots: [SurrogateSnapshot] = []

    /// A study that goes on takes no more snapshots of what was recorded than a plot has rows.
    private static let replayedSnapshots = 100

    private let search: Search
    private let file: OutputFile?
    private let recorded: RecordedTrials
    private var pruning: EarlyStopping?

    /// An optimiser that was told all trials of the batches that are finished.
    private var optimizer: BayesianOptimizer

    /// A study that has not begun, or was interrupted.
    ///
    /// - Parameters:
    ///   - description: What is recorded beside the results.
    ///   - search: What is searched, and how.
    ///   - file: Rewritten with the results after every trial.
    ///   - recorded: The trials of an interrupted run, which are not made again.
    ///   - folds: How many folds a recorded trial must have; none if that does not matter.
    /// - Throws: `OptimizerError`, and ``StudyError/unusableRecord(iteration:reason:)``.
    package init(
        description: StudyDescription, search: Search, file: OutputFile?, recorded: [TrialRecord] = [],
        folds: Int? = nil
    ) throws {
        self.search = search
        self.file = file
        self.recorded = try RecordedTrials(recorded, space: search.space, defaults: search.defaults, folds: folds)
        pruning = search.pruning
        record = StudyRecord(description: description, trials: self.recorded.all)
        optimizer = try BayesianOptimizer(
            space: search.space, seed: description.seed, configuration: search.configuration)
    }

    /// Evaluates what the optimiser proposes, some at a time, until more is not worth it.
    ///
    /// Recorded trials come first: the optimiser is told them, whatever it would have proposed itself.
    ///
    /// - Parameters:
    ///   - trials: How many at most. Where more are recorded, none is evaluated.
    ///   - parallel: How many are proposed and evaluated together.
    ///   - observe: Is told what happens, as it happens.
    ///   - objective: Evaluates.
    /// - Throws: ``StudyError`` where the optimiser can't learn from a loss, `OptimizerError` where it can propose nothing,
    ///   `FileError` where the results can't be written, and what `observe` and `objective` throw. Every trial that was
    ///   finished is in ``record`` then, and in the file if it could be written.
    package func run(
        trials: Int, parallel: Int = 1, observe: @escaping (Event) throws -> Void = { _ in }, objective: Objective
    ) throws {
        for (index, batch) in recorded.batches.enumerated() {
            let isShown = index >= recorded.batches.count - Self.replayedSnapshots
            try replay(batch, limit: trials, takesSnapshot: isShown, observe: observe, objective: objective)
        }
        while record.trials.count < trials {
            if search.stopsEarly, !record.trials.isEmpty { record.stopReason = try optimizer.stopReason() }
            guard record.stopReason == nil else { break }
            let first = (record.trials.last?.plan.batch.upperBound ?? 0) + 1
            // A batch is recorded as a whole, so that a study that goes on to more trials proposes the rest of the last one.
            let batch = first...first + parallel - 1
            let plans = try propose(batch, count: min(parallel, trials - record.trials.count))
            try takeSnapshot(of: plans)
            try evaluate(plans, observe, objective)
            try learn(from: batch)
        }
        try conclude()
    }

    // MARK: Batches

    /// Goes through a batch that is recorded, and makes those of its trials that are missing.
    private func replay(
        _ batch: [TrialRecord], limit: Int, takesSnapshot: Bool, observe: @escaping (Event) throws -> Void, objective: Objective
    ) throws {
        let numbers = batch[0].plan.batch
        var plans = batch.map(\.plan)
        if batch.count < numbers.count, record.trials.count < limit {
            // The missing trials are those that were proposed with the others, if the optimiser proposes the others again.
            let proposed = try propose(numbers, count: numbers.count)
            if plans.allSatisfy({ isSame($0, proposed[$0.number - numbers.lowerBound]) }) {
                plans += proposed.filter { plan in !plans.contains { $0.number == plan.number } }
                    .prefix(limit - record.trials.count)
                plans.sort { $0.number < $1.number }
            }
        }
        if takesSnapshot { try takeSnapshot(of: plans) }
        for known in batch { try observe(.finished(known)) }
        let missing = plans.filter { plan in !batch.contains { $0.number == plan.number } }
        if !missing.isEmpty { try evaluate(missing, observe, objective) }
        try learn(from: numbers)
    }

    /// Whether two plans differ by no more than another rounding of the optimiser's arithmetic.
    private func isSame(_ one: TrialPlan, _ other: TrialPlan) -> Bool {
        zip(one.parameters, other.parameters).allSatisfy { first, second in
            guard case .real(let lower, let upper, let scale)? = search.space[first.name]?.domain,
                case (.real(let x), .real(let y)) = (first.value, second.value)
            else { return first == second }
            return scale == .log
                ? abs(log(x / y)) <= 1e-6 * log(upper / lower) : abs(x - y) <= 1e-6 * (upper - lower)
        }
    }

    /// What the optimiser proposes for the first numbers of a batch, after all trials with lower ones.
    private func propose(_ batch: ClosedRange<Int>, count: Int) throws(OptimizerError) -> [TrialPlan] {
        var asked = optimizer
        var seen = record.trials.filter { $0.number < batch.lowerBound }.map(\.parameters)
        var plans: [TrialPlan] = []
        for (number, suggestion) in zip(batch, try asked.ask(count)) {
            let parameters = search.defaults.replacing(suggestion.parameters)
            let repeats = search.noise == .folds ? seen.count { $0 == parameters } : 0
            plans.append(TrialPlan(number: number, batch: batch, parameters: parameters, replicate: repeats))
            seen.append(parameters)
        }
        return plans
    }

    private func evaluate(
        _ plans: [TrialPlan], _ observe: @escaping (Event) throws -> Void, _ objective: Objective
    ) throws {
        try observe(.proposed(plans, snapshots: snapshots))
        let pruning = pruning
        let surrogate = try optimizer.surrogate()
        try objective(plans, { _, losses in pruning?.stops(losses) ?? false }) { index, outcome in
            let isPruned = outcome.state == .pruned
            let trial = TrialRecord(
                plan: plans[index], outcome: outcome,
                forecast: isPruned ? pruning?.forecast(of: outcome.folds.compactMap(\.epochLosses)) : nil,
                lengthScale: surrogate.flatMap { $0.lengthScales.count == 1 ? $0.lengthScales[0] : nil },
                noiseLevel: search.noise == .estimated ? surrogate?.noiseLevel : nil,
                origin: record.description.origin)
            record.trials.append(trial)
            record.trials.sort { $0.number < $1.number }
            try file?.write(JSON.encode(record) + "\n")
            try observe(.finished(trial))
        }
    }

    /// Learns from the trials of a batch, always in the order of their numbers, whatever finished first.
    private func learn(from batch: ClosedRange<Int>) throws {
        for trial in record.trials where batch.contains(trial.number) && trial.state == .complete {
            pruning?.learn(trial.folds.compactMap(\.epochLosses))
        }
        let known = record.trials.filter { $0.number <= batch.upperBound }
        var told = try BayesianOptimizer(
            space: search.space, seed: record.description.seed, configuration: search.configuration)
        do throws(OptimizerError) {
            try told.tell(search.noise.trials(known, in: search.space))
        } catch {
            // The first one that can't be learned from is one of this batch: the others were learned from before.
            let culprit = known.last { batch.contains($0.number) && !$0.validationLoss.isFinite } ?? known[known.count - 1]
            throw StudyError.notLearnable(trial: culprit.plan, reason: error)
        }
        optimizer = told
    }

    // MARK: The answer

    /// Adds the answer to the record, and a snapshot of it.
    private func conclude() throws {
        if search.configuration.answer == .surrogate {
            record.recommendation = try optimizer.recommendation().map {
                (search.defaults.replacing($0.parameters), $0.mean, $0.standardDeviation)
            }
        }
        try file?.write(JSON.encode(record) + "\n")
        if let answer = record.answer {
            let next = (record.trials.last?.number ?? 0) + 1
            try takeSnapshot(iterations: next...next, origin: answer, proposals: [], choice: answer)
        }
    }

    private func takeSnapshot(of plans: [TrialPlan]) throws(OptimizerError) {
        try takeSnapshot(
            iterations: plans[0].number...plans[plans.count - 1].number, origin: plans[0].parameters, proposals: plans,
            choice: nil)
    }

    /// Takes a snapshot of the surrogate, if there is one.
    private func takeSnapshot(
        iterations: ClosedRange<Int>, origin: [NamedValue], proposals: [TrialPlan], choice: [NamedValue]?
    ) throws(OptimizerError) {
        guard let surrogate = try optimizer.surrogate() else { return }
        let axis = search.space.parameters[0]
        func position(_ parameters: [NamedValue]) -> Double { parameters[axis.name]?.number ?? .nan }
        let points = record.trials.filter { $0.number < iterations.lowerBound }.map { trial in
            SurrogateSnapshot.Point(
                x: position(trial.parameters), loss: trial.expectedLoss,
                error: trial.forecast?.std ?? trial.standardError, state: trial.state)
        }
        snapshots.append(
            try SurrogateSnapshot(
                iterations: iterations, points: points, surrogate: surrogate, axis: axis,
                origin: origin.values(in: search.space), next: proposals.map { position($0.parameters) },
                choice: choice.map(position),
                cut: origin.filter { $0.name != axis.name && search.space[$0.name] != nil }))
    }
}
