package import Backend
import Synchronization

/// The kind of a pass through a data set.
package enum StackPass: Sendable {
    /// A training step for every batch.
    case training
    /// The loss, the gradients and the running statistics of every batch, without a step of the parameters.
    case gradients
    /// The loss of every batch with the running statistics.
    case evaluation
}

extension NetworkStack {
    /// The capacity of a step of a pass in samples per model.
    package func samples(of pass: StackPass) -> Int { pass == .evaluation ? evaluationSamples : samples }

    /// The number of steps of a pass until all models have processed their orders.
    package func steps(of order: StackOrder<B>, in pass: StackPass) -> Int {
        ((order.lengths.max() ?? 0) + samples(of: pass) - 1) / samples(of: pass)
    }

    /// The number of samples of some of the models in a step.
    func counts(of order: StackOrder<B>, in pass: StackPass, models: Range<Int>, step: Int) -> SampleCounts {
        let capacity = samples(of: pass)
        return SampleCounts(order.lengths[models].map { min(max($0 - step * capacity, 0), capacity) })
    }

    /// Processes the order of every model, in steps of ``samples(of:)`` samples; the last step may be smaller.
    ///
    /// Each team repeatedly chooses, among the parts that no other team is processing, the one with the fewest completed
    /// steps, and runs one step of it. The teams therefore finish at about the same time. The steps of a part run in order, on
    /// any team.
    /// - Parameters:
    ///   - scores: receive the score of step `s` in slot `s`.
    ///   - progress: is called with the number of samples of every step of a part, from any thread, but never concurrently. An
    ///     error that it throws ends the pass.
    package func run(
        _ pass: StackPass, on dataset: B.Dataset, order: StackOrder<B>, scores: StackScores<B>,
        progress: (Int) throws -> Void = { _ in }
    ) throws {
        try beginTeams()
        let schedule = Mutex(StackSchedule(parts: parts.count, steps: steps(of: order, in: pass)))
        backend.runTeams(teams.count) { team in
            while let (part, number) = schedule.withLock({ $0.take() }) {
                let step = partStep(pass, number, of: part, on: dataset, order: order, scores: scores)
                do {
                    if step.counts.total > 0 {
                        try parts[part].run(pass, step, team: team)
                        try endStep(team: team)
                    }
                    schedule.withLock { schedule in
                        // In the same lock, so that no other team reports progress after an error.
                        do { if schedule.failure == nil { try progress(step.counts.total) } } catch {
                            schedule.end(error)
                        }
                        schedule.release(part)
                    }
                } catch { schedule.withLock { $0.end(error) } }
            }
        }
        if let failure = schedule.withLock({ $0.failure }) { throw failure }
    }
}

/// The remaining steps of all parts.
private struct StackSchedule {
    private let steps: Int
    /// The number of steps of each part that have been started.
    private var taken: [Int]
    private var isRunning: [Bool]
    /// The error that ended the pass.
    private(set) var failure: (any Error)?

    init(parts: Int, steps: Int) {
        self.steps = steps
        taken = Array(repeating: 0, count: parts)
        isRunning = Array(repeating: false, count: parts)
    }

    /// Starts the next step of the part with the fewest started steps; nil if no part is available.
    mutating func take() -> (part: Int, step: Int)? {
        guard failure == nil else { return nil }
        let free = taken.indices.filter { !isRunning[$0] && taken[$0] < steps }
        guard let part = free.min(by: { taken[$0] < taken[$1] }) else { return nil }
        isRunning[part] = true
        taken[part] += 1
        return (part, taken[part] - 1)
    }

    /// Ends the running step of a part.
    mutating func release(_ part: Int) { isRunning[part] = false }

    /// Ends the pass.
    mutating func end(_ error: any Error) { failure = failure ?? error }
}
