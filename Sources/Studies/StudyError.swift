package import BayesianOptimization

/// Why a study ended before its last evaluation.
package enum StudyError: Error, Equatable, CustomStringConvertible {
    /// The optimiser can't learn from an evaluation; the evaluation itself is recorded.
    case notLearnable(iteration: Int, learningRate: Double, reason: OptimizerError)

    /// What went wrong and what to do about it, in one line.
    package var description: String {
        switch self {
        case .notLearnable(let iteration, let learningRate, let reason):
            "the study ends with evaluation \(iteration) at the learning rate \(learningRate): \(reason); the results "
                + "so far are kept, and a lower upper bound of the learning rate avoids this"
        }
    }
}
