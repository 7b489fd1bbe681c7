import BayesianOptimization
package import JSON

/// A trial of a journal, as Optuna reads it.
package struct JournalTrial: Sendable, Equatable {
    /// The states of a trial, with Optuna's numbers (`TrialState`).
    package enum State: Int, Sendable {
        case running = 0
        case complete = 1
        case pruned = 2
        case fail = 3
        case waiting = 4

        /// Whether the trial can't change any more.
        package var isFinished: Bool { self != .running && self != .waiting }
    }

    /// The number of the trial among all of the file, from 0.
    package let id: Int

    /// The state.
    package internal(set) var state = State.running

    /// The parameters, in the order in which they were set.
    package internal(set) var parameters: [NamedValue] = []

    /// The distribution of each parameter.
    package internal(set) var distributions: [String: JournalDistribution] = [:]

    /// The value of the objective; `nil` if there is none.
    package internal(set) var value: Double?

    /// The values that were reported during the evaluation, by their steps.
    package internal(set) var intermediateValues: [Int: Double] = [:]

    /// What the program that evaluated the trial has recorded.
    package internal(set) var userAttributes: [String: JSONValue] = [:]

    /// What Optuna and its dashboard have recorded.
    package internal(set) var systemAttributes: [String: JSONValue] = [:]
}

/// A study of a journal, as Optuna reads it.
package struct JournalStudy: Sendable, Equatable {
    /// The number of the study among all of the file, from 0.
    package let id: Int

    /// The name.
    package let name: String

    /// Whether the only value of a trial is minimised.
    package let isMinimizing: Bool

    /// What programs have recorded.
    package internal(set) var userAttributes: [String: JSONValue] = [:]

    /// What Optuna and its dashboard have recorded.
    package internal(set) var systemAttributes: [String: JSONValue] = [:]

    /// The trials, in the order of their creation.
    package internal(set) var trials: [JournalTrial] = []
}
