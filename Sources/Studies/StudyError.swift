package import BayesianOptimization

/// Why a study ended before its last evaluation.
package enum StudyError: Error, Equatable, CustomStringConvertible {
    /// The optimiser can't learn from an evaluation; the evaluation itself is recorded.
    case notLearnable(iteration: Int, learningRate: Double, reason: OptimizerError)

    /// Recorded evaluations are not what this study would have made.
    case otherStudy(iteration: Int, recorded: Double, proposed: Double)

    /// What went wrong and what to do about it, in one line.
    package var description: String {
        switch self {
        case .notLearnable(let iteration, let learningRate, let reason):
            "the study ends with evaluation \(iteration) at the learning rate \(learningRate): \(reason); the results "
                + "so far are kept, and a lower upper bound of the learning rate avoids this"
        case .otherStudy(let iteration, let recorded, let proposed):
            "the study can't go on: its evaluation \(iteration) is recorded at the learning rate \(recorded), and "
                + "would be made at \(proposed). Use the program and the flags that it was begun with"
        }
    }
}
