package import BayesianOptimization
import JSON
package import Studies

/// What a report is about: a study, and what its journal has besides.
package struct ReportSubject {
    /// The greatest number of marks of one kind in a drawing; of more trials there is an even choice.
    static let markLimit = 100

    /// The record of the study.
    let record: StudyRecord

    /// The searched parameters; the curves of snapshots run along the first one.
    let space: ParameterSpace

    /// Snapshots of the surrogate, in the order of the iterations.
    let snapshots: [SurrogateSnapshot]

    /// The surrogate of all trials; `nil` without a complete trial.
    let surrogate: Surrogate?

    /// The final model; `nil` if none was trained.
    let model: FinalModel?

    /// Whether the journal has a final model of another kind than this version writes.
    let hasUnreadableModel: Bool

    /// The name of the study in its journal.
    let name: String?

    /// Collects what a report shows.
    ///
    /// - Parameters:
    ///   - study: The study, after its run or replayed.
    ///   - journal: Its journal; `nil` if there is none.
    /// - Throws: `OptimizerError.surrogateFailed(reason:)`.
    package init(_ study: Study, journal: JournalStudy?) throws(OptimizerError) {
        record = study.record
        space = study.space
        snapshots = study.snapshots
        surrogate = try study.surrogate()
        let recorded = journal?.userAttributes[FinalModel.attribute]
        model = try? recorded?.decode(FinalModel.self)
        hasUnreadableModel = recorded != nil && model == nil
        name = journal?.name
    }

    /// The trials with a loss, which the optimiser learns.
    var learned: [TrialRecord] { record.trials.filter { $0.state != .lost && $0.expectedLoss.isFinite } }

    /// The answer as values of the searched parameters only.
    var answer: [String: ParameterValue]? {
        record.answer.map { answer in
            Dictionary(uniqueKeysWithValues: answer.filter { space[$0.name] != nil }.map { ($0.name, $0.value) })
        }
    }

    /// The names of the searched parameters besides the first.
    var others: [String] { space.parameters.dropFirst().map(\.name) }
}
