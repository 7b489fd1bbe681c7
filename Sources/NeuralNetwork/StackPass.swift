package import Backend
import Synchronization

/// What a pass through data does.
package enum StackPass: Sendable {
    /// A step of gradient descent for every batch.
    case training
    /// The loss of every batch under the running statistics.
    case evaluation
}

extension ResNetStack {
    /// Steps until every model is through its order.
    package func steps(of order: StackOrder<B>) -> Int {
        ((order.lengths.max() ?? 0) + samples - 1) / samples
    }

    /// How many samples each model takes in a step.
    package func counts(of order: StackOrder<B>, step: Int) -> SampleCounts {
        counts(of: order, models: 0..<models, step: step)
    }

    /// How many samples some of the models take in a step.
    private func counts(of order: StackOrder<B>, models: Range<Int>, step: Int) -> SampleCounts {
        SampleCounts(order.lengths[models].map { min(max($0 - step * samples, 0), samples) })
    }

    /// Takes every model through its order, in consecutive slices of ``samples``: the last may be short.
    ///
    /// Every team takes whatever part has come the least far and is not with another team, for one step, so that the teams
    /// finish together. Each part goes through its steps in order, whoever takes them.
    /// - Parameters:
    ///   - scores: get the score of step `s` in slot `s`.
    ///   - progress: told of the samples of every step of a part, one call at a time but from any thread; what it throws
    ///     ends the pass.
    package func run(
        _ pass: StackPass, on dataset: B.Dataset, order: StackOrder<B>, scores: StackScores<B>,
        progress: (Int) throws -> Void = { _ in }
    ) throws {
        try beginTeams()
        let schedule = Mutex(StackSchedule(parts: parts.count, steps: steps(of: order)))
        backend.runTeams(teams.count) { team in
            while let (part, number) = schedule.withLock({ $0.take() }) {
                let counts = counts(of: order, models: parts[part].models, step: number)
                var failure: (any Error)?
                do {
                    if counts.total > 0 {
                        let step = PartStep<B>(
                            dataset: dataset, order: order.parts[part], start: number * samples, counts: counts,
                            scores: scores.parts[part], number: number)
                        switch pass {
                        case .training: try parts[part].train(step, team: team)
                        case .evaluation: try parts[part].evaluate(step, team: team)
                        }
                        try endStep(team: team)
                    }
                } catch { failure = error }
                schedule.withLock { schedule in
                    do {
                        if let failure { throw failure }
                        if schedule.failure == nil { try progress(counts.total) }
                        schedule.putBack(part)
                    } catch { schedule.end(error) }
                }
            }
        }
        try schedule.withLock { schedule in
            if let failure = schedule.failure { throw failure }
        }
    }
}

/// Which steps of which parts are still to be done.
private struct StackSchedule {
    private let steps: Int
    /// Steps that each part has done or is doing.
    private var taken: [Int]
    private var isWithTeam: [Bool]
    /// What ended the pass before its time.
    private(set) var failure: (any Error)?

    init(parts: Int, steps: Int) {
        self.steps = steps
        taken = Array(repeating: 0, count: parts)
        isWithTeam = Array(repeating: false, count: parts)
    }

    /// The next step of the part that has come the least far; nil where there is nothing left that another team does not
    /// have.
    mutating func take() -> (part: Int, step: Int)? {
        guard failure == nil else { return nil }
        let free = taken.indices.filter { !isWithTeam[$0] && taken[$0] < steps }
        guard let part = free.min(by: { taken[$0] < taken[$1] }) else { return nil }
        isWithTeam[part] = true
        taken[part] += 1
        return (part, taken[part] - 1)
    }

    /// A part's step is done.
    mutating func putBack(_ part: Int) { isWithTeam[part] = false }

    /// Nothing more is to be done.
    mutating func end(_ error: any Error) { failure = failure ?? error }
}
