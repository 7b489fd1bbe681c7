import BayesianOptimization
import Foundation
import JSON
import Platform
import Studies

/// The settings that the studies of these tests record.
struct TestSettings: Encodable {
    var epochs = 5
    var limit: Int? = nil
}

/// Studies without a network.
extension Study {
    /// A study of the learning rate from 0.001 to 0.9, and of further parameters.
    static func make(
        _ preset: Preset, others: [Parameter] = [], initial: Double = 0.01, seed: UInt32 = 10,
        acquisition: Acquisition? = nil, pruning: EarlyStopping? = nil, stopsEarly: Bool = true,
        file: OutputFile? = nil, journal: StudyJournal? = nil, recorded: [TrialRecord] = [], folds: Int? = nil
    ) throws -> Study {
        let scale: Parameter.Scale = preset == .robust ? .log : .linear
        let rate = try Parameter("learning_rate", .real(lower: 0.001, upper: 0.9, scale: scale))
        let space = try ParameterSpace([rate] + others)
        let defaults = [
            NamedValue("learning_rate", .real(initial)), NamedValue("momentum", .real(0)),
            NamedValue("weight_decay", .real(0)), NamedValue("batch_size", .integer(64)),
        ]
        var configuration = preset.configuration
        if let acquisition { configuration.acquisition = acquisition }
        if others.isEmpty { configuration.initialPoint = ["learning_rate": .real(initial)] }
        return try Study(
            description: StudyDescription(
                origin: .init(backend: "cpu", device: "2 \"cores\"", version: "1"), preset: preset, seed: seed,
                settings: TestSettings(), data: ["checksum": "0"]),
            search: Search(
                space: space, configuration: configuration, defaults: defaults,
                noise: preset == .robust ? .folds : .estimated, pruning: pruning, stopsEarly: stopsEarly),
            file: file, journal: journal, recorded: recorded, folds: folds)
    }

    /// Runs with an objective of each trial alone.
    func run(
        trials: Int, parallel: Int = 1, observe: @escaping (Event) throws -> Void = { _ in },
        objective: (TrialPlan) throws -> TrialRecord.Outcome
    ) throws {
        try run(trials: trials, parallel: parallel, observe: observe) { plans, _, finished in
            for (index, plan) in plans.enumerated() { try finished(index, objective(plan)) }
        }
    }
}

extension TrialPlan {
    /// Its learning rate.
    var rate: Double { parameters["learning_rate"]?.number ?? .nan }
}

extension TrialRecord {
    /// Its learning rate.
    var rate: Double { plan.rate }
}

/// A loss with its minimum at 0.3, in two folds that lie on both sides of it.
func outcome(_ rate: Double, state: TrialRecord.State = .complete) -> TrialRecord.Outcome {
    let loss = 0.3 + (rate - 0.3) * (rate - 0.3)
    return .init(
        folds: [(0, -0.125), (1, 0.125)].map { fold, deviation in
            .init(
                fold: fold, validationLoss: loss + deviation, validationAccuracy: 0.75 + deviation, testLoss: loss + 1,
                testAccuracy: 0.5)
        }, state: state)
}

/// An outcome with a fold that has the given loss.
func outcome(ofLoss loss: Double) -> TrialRecord.Outcome {
    .init(
        folds: [
            .init(fold: 0, validationLoss: 2.5, validationAccuracy: 0.1, testLoss: 2.5, testAccuracy: 0.1),
            .init(fold: 1, validationLoss: loss, validationAccuracy: 0.1, testLoss: loss, testAccuracy: 0.1),
        ], state: .diverged)
}

/// A loss over learning rates of the usual shape, with the minimum 0.28 at 0.1; above 0.5 training diverges.
func usualOutcome(_ rate: Double) -> TrialRecord.Outcome {
    let distance = log10(rate) + 1
    let loss = 0.28 + 0.05 * distance * distance
    // Effects of the folds that all trials share, and a little independent noise.
    let noise = [1, -1, 0.5, -0.5, 0].map { 0.002 * $0 * sin(1e4 * rate) }
    let losses =
        rate < 0.5
        ? zip([-0.02, 0.01, 0.03, -0.01, -0.01], noise).map { loss + $0 + $1 } : [2.303, 2.303, 0.36, 2.303, 2.303]
    return .init(
        folds: losses.enumerated().map {
            .init(fold: $0, validationLoss: $1, validationAccuracy: 0.9, testLoss: $1, testAccuracy: 0.9)
        }, state: rate < 0.5 ? .complete : .diverged)
}
