import BayesianOptimization

/// The trials of an interrupted study, checked, and grouped as they were proposed.
struct RecordedTrials {
    /// The trials of one batch, in the order of their numbers; of the last batches some may be missing.
    private(set) var batches: [[TrialRecord]] = []

    /// All trials, in the order of their numbers.
    var all: [TrialRecord] { batches.flatMap { $0 } }

    /// Checks records.
    ///
    /// - Parameters:
    ///   - records: In any order.
    ///   - space: What is searched.
    ///   - defaults: All hyperparameters; those that are not searched have their fixed values.
    ///   - folds: How many folds a trial has; none if that does not matter.
    /// - Throws: ``StudyError/unusableRecord(iteration:reason:)`` for records that another study has made, or nobody.
    init(
        _ records: [TrialRecord], space: ParameterSpace, defaults: [NamedValue], folds: Int?
    ) throws(StudyError) {
        for record in records.sorted(by: { $0.number < $1.number }) {
            func refuse(_ reason: String) -> StudyError { .unusableRecord(iteration: record.number, reason: reason) }
            if let last = batches.last?.last {
                guard last.number < record.number else { throw refuse("it is there twice") }
                guard last.plan.batch == record.plan.batch || last.plan.batch.upperBound < record.plan.batch.lowerBound
                else { throw refuse("its batch overlaps that of evaluation \(last.number)") }
            }
            if let folds, record.folds.count != folds {
                throw refuse("it has \(record.folds.count) folds, and the study \(folds)")
            }
            let lengths = Set(record.folds.map { $0.epochLosses?.count })
            guard lengths.count == 1, lengths != [0] else { throw refuse("its folds have different epochs") }
            let checked = try Self.checked(record, space, defaults, refuse)
            if batches.last?.last?.plan.batch == record.plan.batch {
                batches[batches.count - 1].append(checked)
            } else {
                batches.append([checked])
            }
        }
    }

    /// A record with all hyperparameters, in the order of the defaults.
    private static func checked(
        _ record: TrialRecord, _ space: ParameterSpace, _ defaults: [NamedValue], _ refuse: (String) -> StudyError
    ) throws(StudyError) -> TrialRecord {
        if let unknown = record.parameters.first(where: { defaults[$0.name] == nil }) {
            throw refuse("there is no hyperparameter \(unknown.name)")
        }
        let recorded = Dictionary(uniqueKeysWithValues: record.parameters.map { ($0.name, $0.value) })
        let parameters = defaults.replacing(recorded)
        for (value, fixed) in zip(parameters, defaults) where space[value.name] == nil && value != fixed {
            throw refuse("its \(value.label) is \(value.value), and the study's is \(fixed.value)")
        }
        do throws(OptimizerError) {
            try space.check(parameters.values(in: space))
        } catch {
            throw refuse("\(error)")
        }
        var record = record
        record.plan.parameters = parameters
        return record
    }
}
