package import BayesianOptimization

/// Why a study ended before its last trial, or can't go on.
package enum StudyError: Error, Equatable, CustomStringConvertible {
    /// The optimiser can't learn from a trial; the trial itself is recorded.
    case notLearnable(trial: TrialPlan, reason: OptimizerError)

    /// A record does not belong to this study, or is damaged; says which trial and why.
    case unusableRecord(iteration: Int, reason: String)

    /// What went wrong and what to do about it, in one line.
    package var description: String {
        switch self {
        case .notLearnable(let trial, let reason):
            "the study ends with evaluation \(trial.number) at "
                + trial.parameters.map { "\($0.label) \($0.value)" }.joined(separator: ", ")
                + ": \(reason); the results so far are kept, and lower upper bounds of the search avoid this"
        case .unusableRecord(let iteration, let reason):
            "its evaluation \(iteration) is not usable: \(reason)"
        }
    }
}
