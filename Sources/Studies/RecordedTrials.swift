import BayesianOptimization

/// The trials of an interrupted study, checked and grouped into batches.
struct RecordedTrials {
    /// The batches, each in the order of the trials' numbers; the last ones may be incomplete.
    private(set) var batches: [[TrialRecord]] = []

    /// All trials, in the order of their numbers.
    var all: [TrialRecord] { batches.flatMap { $0 } }

    /// Checks records.
    ///
    /// - Parameters:
    ///   - records: The records, in any order.
    ///   - space: The searched parameters.
    ///   - defaults: All hyperparameters; those that are not searched have their fixed values.
    ///   - folds: The required number of folds of a trial; `nil` for any.
    /// - Throws: ``StudyError/unusableRecord(iteration:reason:)`` for records of another study and for damaged ones.
    init(
        _ records: [TrialRecord], space: ParameterSpace, defaults: [NamedValue], folds: Int?
    ) throws(StudyError) {
        for record in records.sorted(by: { $0.number < $1.number }) {
            func refuse(_ reason: String) -> StudyError { .unusableRecord(iteration: record.number, reason: reason) }
            if let last = batches.last?.last {
                guard last.number < record.number else { throw refuse("two evaluations have this number") }
                guard last.plan.batch == record.plan.batch || last.plan.batch.upperBound < record.plan.batch.lowerBound
                else { throw refuse("its batch overlaps that of evaluation \(last.number)") }
            }
            // Another program need not record folds.
            if let folds, record.folds.count != folds, !record.folds.isEmpty {
                throw refuse("it has \(record.folds.count) folds, and the study \(folds)")
            }
            let lengths = Set(record.folds.map { $0.epochLosses?.count })
            guard lengths.count == 1 && lengths != [0] || record.folds.isEmpty else {
                throw refuse("its folds have different epochs")
            }
            let checked = try Self.checked(record, space, defaults)
            if batches.last?.last?.plan.batch == record.plan.batch {
                batches[batches.count - 1].append(checked)
            } else {
                batches.append([checked])
            }
        }
    }

    /// A record with all hyperparameters, in the order of the defaults.
    static func checked(
        _ record: TrialRecord, _ space: ParameterSpace, _ defaults: [NamedValue]
    ) throws(StudyError) -> TrialRecord {
        func refuse(_ reason: String) -> StudyError { .unusableRecord(iteration: record.number, reason: reason) }
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
