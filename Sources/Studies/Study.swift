package import BayesianOptimization
import JSON
package import Platform

/// A search for the best hyperparameters: it suggests trials, has them evaluated, records the outcome and learns from
/// it.
///
/// The objective decides what a trial does. A study knows named parameters, and no network.
package final class Study {
    /// The space and the settings of a search.
    package struct Search: Sendable {
        /// The searched parameters.
        ///
        /// The curves of snapshots run along the first one. There are no snapshots if it is not real.
        package let space: ParameterSpace

        /// The configuration of the optimiser, with its first point.
        package let configuration: Configuration

        /// All hyperparameters of a trial in the order of display, with the values of the fixed ones.
        package let defaults: [NamedValue]

        /// The losses and variances that the optimiser receives.
        package let noise: NoiseSource

        /// The rule that stops trainings early; `nil` for none.
        package let pruning: EarlyStopping?

        /// Whether the study ends when the optimiser gives a reason to stop.
        package let stopsEarly: Bool

        /// The trials of another study, which the optimiser learns before those of this one.
        package private(set) var earlier: [Trial] = []

        /// Creates a search.
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

        /// Adds the trials of another study, with the noise that they have among themselves.
        ///
        /// Left out are those outside of the space, those with other values of the hyperparameters that are not searched, and
        /// those whose loss this search can't learn.
        ///
        /// - Returns: The number of added trials.
        package mutating func learn(from records: [TrialRecord]) -> Int {
            let usable = records.compactMap { record -> TrialRecord? in
                guard record.state != .lost, noise == .folds || record.validationLoss.isFinite,
                    let fitting = try? RecordedTrials.checked(record, space, defaults)
                else { return nil }
                return fitting
            }
            earlier = noise.trials(usable, in: space)
            return earlier.count
        }
    }

    /// An event of a running study.
    package enum Event: Sendable {
        /// Trials are about to be evaluated; with a snapshot of every batch so far, from the second on.
        case proposed([TrialPlan], snapshots: [SurrogateSnapshot])

        /// A trial was evaluated and recorded, now or before the study was interrupted.
        case finished(TrialRecord)
    }

    /// Evaluates trials, in any order.
    ///
    /// After any epoch but the last it may call `stops`, with the index of a trial and its validation losses so far,
    /// `[fold][epoch]`; the result says whether the trial has to stop. It calls `finished` with the index and the
    /// outcome of each trial as soon as the outcome is known. It rethrows the errors of both.
    package typealias Objective = (
        _ trials: [TrialPlan], _ stops: @escaping (_ trial: Int, _ losses: [[Double]]) throws -> Bool,
        _ finished: (_ trial: Int, _ outcome: TrialRecord.Outcome) throws -> Void
    ) throws -> Void

    /// The space that is searched.
    package var space: ParameterSpace { search.space }

    /// The model of the losses of all trials so far; `nil` without a complete trial.
    ///
    /// - Throws: `OptimizerError.surrogateFailed(reason:)`.
    package func surrogate() throws(OptimizerError) -> Surrogate? { try optimizer.surrogate() }

    /// The names of the searched hyperparameters; the curves of snapshots run along the first one.
    package var searchedNames: [String] { search.space.parameters.map(\.name) }

    /// The record so far, also after an error of ``run(trials:parallel:timeLimit:observe:objective:)``.
    package private(set) var record: StudyRecord

    /// The snapshot of each batch from the second on, also after an error, and at the end that of the answer.
    package private(set) var snapshots: [SurrogateSnapshot] = []

    /// The recorded batches that have a snapshot.
    private let replayedSnapshots: ReplayedSnapshots

    private let search: Search
    private let file: OutputFile?
    private let journal: StudyJournal?
    private let recorded: RecordedTrials
    private var pruning: EarlyStopping?

    /// An optimiser with all trials of the finished batches.
    private var optimizer: BayesianOptimizer

    /// Creates a study, new or interrupted.
    ///
    /// - Parameters:
    ///   - description: The settings to record beside the results.
    ///   - search: The space and the settings of the search.
    ///   - file: The file of results, which is derived from the record and replaced after every trial.
    ///   - journal: The record; ``run(trials:parallel:timeLimit:observe:objective:)`` begins it, or continues it.
    ///   - recorded: The trials of an interrupted run, which are not evaluated again unless they were lost.
    ///   - folds: The required number of folds of a recorded trial; `nil` for any.
    ///   - snapshots: The recorded batches that have a snapshot.
    /// - Throws: `OptimizerError`, and ``StudyError/unusableRecord(iteration:reason:)``.
    package init(
        description: StudyDescription, search: Search, file: OutputFile?, journal: StudyJournal? = nil,
        recorded: [TrialRecord] = [], folds: Int? = nil, snapshots: ReplayedSnapshots = .last
    ) throws {
        self.search = search
        replayedSnapshots = snapshots
        self.file = file
        self.journal = journal
        self.recorded = try RecordedTrials(recorded, space: search.space, defaults: search.defaults, folds: folds)
        pruning = search.pruning
        record = StudyRecord(description: description, trials: self.recorded.all)
        optimizer = try BayesianOptimizer(
            space: search.space, seed: description.seed, configuration: search.configuration)
        try optimizer.tell(search.earlier)
    }

    /// Evaluates the suggestions of the optimiser, batch by batch, until there is a reason to stop.
    ///
    /// Recorded trials come first. The optimiser learns them even if its own suggestions differ.
    ///
    /// A lost trial counts as one of the trials, and the optimiser does not learn it. Recorded lost trials are evaluated
    /// again, unless more trials are recorded than asked for; the new outcome replaces the lost one.
    ///
    /// - Parameters:
    ///   - trials: The greatest number of trials. If more are recorded, none is evaluated.
    ///   - parallel: The number of trials of a batch, which are evaluated together.
    ///   - timeLimit: The time of this run. No batch begins that would end later, if it took as long as the longest one
    ///     before it.
    ///   - observe: Receives the events of the study.
    ///   - objective: Evaluates the trials.
    /// - Throws: ``StudyError`` if the optimiser refuses a loss, `OptimizerError` if it has no suggestion, `FileError`
    ///   if the record or the results can't be written, and the errors of `observe` and `objective`. Every finished trial is
    ///   then in ``record``, and in the journal and the file if they could be written.
    package func run(
        trials: Int, parallel: Int = 1, timeLimit: Duration? = nil,
        observe: @escaping (Event) throws -> Void = { _ in }, objective: Objective
    ) throws {
        let start = ContinuousClock.now
        var longest = Duration.zero
        try journal?.begin(record, space: search.space)
        let shown = replayedSnapshots.indices(of: recorded.batches.count)
        for (index, batch) in recorded.batches.enumerated() {
            let isShown = shown.contains(index)
            try replay(batch, limit: trials, takesSnapshot: isShown, observe: observe, objective: objective)
        }
        while record.trials.count < trials {
            if search.stopsEarly, !record.trials.isEmpty { record.stopReason = try optimizer.stopReason()?.description }
            guard record.stopReason == nil else { break }
            let begin = ContinuousClock.now
            if let timeLimit, begin - start + longest > timeLimit {
                record.stopReason = "the time limit leaves no time for another one"
                break
            }
            let first = (record.trials.last?.plan.batch.upperBound ?? 0) + 1
            // The record has the whole range of the batch, so that a longer study continues with the rest of the last
            // batch.
            let batch = first...first + parallel - 1
            let plans = try propose(batch, count: min(parallel, trials - record.trials.count))
            try takeSnapshot(of: plans)
            try evaluate(plans, observe, objective)
            try learn(from: batch)
            longest = max(longest, ContinuousClock.now - begin)
        }
        try conclude()
    }

    /// Restores the reason of an end that was recorded.
    func restore(stopReason: String?) {
        record.stopReason = stopReason
    }

    // MARK: Batches

    /// Replays a recorded batch, and evaluates its missing trials.
    private func replay(
        _ batch: [TrialRecord], limit: Int, takesSnapshot: Bool, observe: @escaping (Event) throws -> Void,
        objective: Objective
    ) throws {
        let numbers = batch[0].plan.batch
        var plans = batch.map(\.plan)
        if batch.count < numbers.count, record.trials.count < limit {
            // The missing trials are those of the same batch, if the optimiser suggests the recorded ones again.
            let proposed = try propose(numbers, count: numbers.count)
            if plans.allSatisfy({ isSame($0, proposed[$0.number - numbers.lowerBound]) }) {
                plans += proposed.filter { plan in !plans.contains { $0.number == plan.number } }
                    .prefix(limit - record.trials.count)
                plans.sort { $0.number < $1.number }
            }
        }
        if takesSnapshot { try takeSnapshot(of: plans) }
        // A lost trial is missing too, with its own plan.
        let evaluated = batch.filter { $0.state != .lost || record.trials.count > limit }
        for known in evaluated { try observe(.finished(known)) }
        let missing = plans.filter { plan in !evaluated.contains { $0.number == plan.number } }.map(renewed)
        if !missing.isEmpty { try evaluate(missing, observe, objective) }
        try learn(from: numbers)
    }

    /// The plan of a trial that is evaluated again, or for the first time.
    ///
    /// If a later trial has taken the place of a lost one, at the same hyperparameters, its evaluation is another
    /// replicate.
    private func renewed(_ plan: TrialPlan) -> TrialPlan {
        guard search.noise == .folds, record.trials.contains(where: { $0.number == plan.number }) else { return plan }
        let repeats = record.trials.count { $0.state != .lost && $0.parameters == plan.parameters }
        return TrialPlan(number: plan.number, batch: plan.batch, parameters: plan.parameters, replicate: repeats)
    }

    /// Whether two plans differ at most by rounding errors of the optimiser.
    private func isSame(_ one: TrialPlan, _ other: TrialPlan) -> Bool {
        zip(one.parameters, other.parameters).allSatisfy { first, second in
            guard case .real(let lower, let upper, let scale)? = search.space[first.name]?.domain,
                case (.real(let x), .real(let y)) = (first.value, second.value)
            else { return first == second }
            return scale == .log
                ? abs(log(x / y)) <= 1e-6 * log(upper / lower) : abs(x - y) <= 1e-6 * (upper - lower)
        }
    }

    /// The suggestions of the optimiser for the first numbers of a batch, after all trials with lower ones.
    private func propose(_ batch: ClosedRange<Int>, count: Int) throws(OptimizerError) -> [TrialPlan] {
        var asked = optimizer
        // A lost trial has seen no samples, so the next one is no replicate of it.
        var seen = record.trials.filter { $0.number < batch.lowerBound && $0.state != .lost }.map(\.parameters)
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
        try journal?.propose(plans, of: record, space: search.space)
        try observe(.proposed(plans, snapshots: snapshots))
        let pruning = pruning
        let surrogate = try optimizer.surrogate()
        try objective(
            plans,
            { [journal] index, losses in
                try journal?.report(plans[index].number, losses: losses)
                return pruning?.stops(losses) ?? false
            }
        ) { index, outcome in
            let isPruned = outcome.state == .pruned
            let trial = TrialRecord(
                plan: plans[index], outcome: outcome,
                forecast: isPruned ? pruning?.forecast(of: outcome.folds.compactMap(\.epochLosses)) : nil,
                lengthScale: surrogate.flatMap { $0.lengthScales.count == 1 ? $0.lengthScales[0] : nil },
                noiseLevel: search.noise == .estimated ? surrogate?.noiseLevel : nil,
                origin: record.description.origin(of: plans[index]))
            record.trials.removeAll { $0.number == trial.number }
            record.trials.append(trial)
            record.trials.sort { $0.number < $1.number }
            try journal?.finish(trial, among: record.trials)
            try file?.write(JSON.encode(record) + "\n")
            try observe(.finished(trial))
        }
    }

    /// Learns from the trials of a batch, in the order of their numbers and not of their ends.
    private func learn(from batch: ClosedRange<Int>) throws {
        for trial in record.trials where batch.contains(trial.number) && trial.state == .complete {
            pruning?.learn(trial.folds.compactMap(\.epochLosses))
        }
        let known = record.trials.filter { $0.number <= batch.upperBound && $0.state != .lost }
        var told = try BayesianOptimizer(
            space: search.space, seed: record.description.seed, configuration: search.configuration)
        do throws(OptimizerError) {
            try told.tell(search.earlier + search.noise.trials(known, in: search.space))
        } catch {
            // The refused trial is one of this batch, because the others were accepted before.
            let refused =
                known.last { batch.contains($0.number) && !$0.validationLoss.isFinite } ?? known[known.count - 1]
            // The record has other numbers than the list of what was told.
            let reason = if case .invalidObservation(_, let reason) = error { reason } else { error }
            throw StudyError.notLearnable(trial: refused.plan, reason: reason)
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
        try journal?.conclude(record)
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

    /// Takes a snapshot of the surrogate, if there is one and it has a real axis.
    private func takeSnapshot(
        iterations: ClosedRange<Int>, origin: [NamedValue], proposals: [TrialPlan], choice: [NamedValue]?
    ) throws(OptimizerError) {
        let axis = search.space.parameters[0]
        guard case .real = axis.domain, let surrogate = try optimizer.surrogate() else { return }
        func position(_ parameters: [NamedValue]) -> Double { parameters[axis.name]?.number ?? .nan }
        let points = record.trials.filter { $0.number < iterations.lowerBound && $0.state != .lost }.map { trial in
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
