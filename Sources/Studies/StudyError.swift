package import BayesianOptimization

/// The reason that a study ends before its last trial, or can't continue.
package enum StudyError: Error, Equatable, CustomStringConvertible {
    /// The optimiser refuses a trial, which is recorded nevertheless.
    case notLearnable(trial: TrialPlan, reason: OptimizerError)

    /// A record does not belong to this study, or is damaged.
    case unusableRecord(iteration: Int, reason: String)

    /// The error as one line of text.
    package var description: String {
        switch self {
        case .notLearnable(let trial, let reason):
            "the study ends with evaluation \(trial.number) at "
                + trial.parameters.map { "\($0.label) \($0.value)" }.joined(separator: ", ")
                + ": \(reason); the results so far are kept; lower the upper bounds of the search to avoid this"
        case .unusableRecord(let iteration, let reason):
            "its evaluation \(iteration) is not usable: \(reason)"
        }
    }
}
