import BayesianOptimization
import Foundation
import Studies
import Testing

@Suite("The preset robust in a study")
struct RobustStudyTests {
    @Test("Six trials find the learning rate, also where some diverge", arguments: [UInt32(0), 1, 10])
    func sixTrials(seed: UInt32) throws {
        let study = try Study.make(.robust, seed: seed, stopsEarly: false)
        try study.run(trials: 6) { usualOutcome($0.rate) }
        #expect(study.record.trials[0].rate == 0.01)
        let recommendation = try #require(study.record.recommendation)
        let rate = try #require(recommendation.parameters["learning_rate"]?.number)
        #expect(abs(log10(rate) + 1) < 0.25)
        #expect(abs(recommendation.mean - 0.28) < 0.01)
        // The folds differ by 0.02 in every trial alike, so this is no noise.
        #expect(recommendation.standardDeviation < 0.01)
    }

    @Test("A batch begins with the initial point and has no equal points")
    func batches() throws {
        let study = try Study.make(.robust, stopsEarly: false)
        var batches: [[Double]] = []
        try study.run(trials: 7, parallel: 4) { plans, _, finished in
            batches.append(plans.map(\.rate))
            for index in plans.indices.reversed() { try finished(index, usualOutcome(plans[index].rate)) }
        }
        #expect(batches.map(\.count) == [4, 3])
        #expect(batches[0][0] == 0.01)
        #expect(batches.allSatisfy { Set($0).count == $0.count })
        #expect(study.record.trials.map(\.number) == Array(1...7))
        let ranges = Array(repeating: 1...4, count: 4) + Array(repeating: 5...8, count: 3)
        #expect(study.record.trials.map(\.plan.batch) == ranges)
    }

    @Test("After diverged trials the search continues elsewhere")
    func allDiverged() throws {
        let study = try Study.make(.robust, initial: 0.8)
        try study.run(trials: 4) { _ in outcome(ofLoss: .nan) }
        #expect(study.record.recommendation == nil)
        #expect(study.record.answer == nil)
        #expect(Set(study.record.trials.map(\.rate)).count == 4)
    }

    @Test("The next trial maximises the chosen acquisition function", arguments: Acquisition.allCases)
    func acquisitions(_ acquisition: Acquisition) throws {
        let study = try Study.make(.robust, acquisition: acquisition, stopsEarly: false)
        try study.run(trials: 5) { usualOutcome($0.rate) }
        let snapshot = study.snapshots[3]
        #expect(snapshot.acquisitionName == acquisition.name)
        let highest = try #require(snapshot.acquisitions.max())
        let next = try #require(snapshot.xs.firstIndex(of: study.record.trials[4].rate))
        #expect(snapshot.acquisitions[next] >= highest - 1e-6)
    }

    @Test("With several hyperparameters, a snapshot cuts through the space at the first suggestion, or at the answer")
    func cuts() throws {
        let study = try Study.make(
            .robust,
            others: [
                Parameter("momentum", .real(lower: 0, upper: 0.99, scale: .linear)),
                Parameter("weight_decay", .real(lower: 1e-6, upper: 1e-2, scale: .log)),
                Parameter("batch_size", .ordinal(values: [32, 64, 128])),
            ], stopsEarly: false)
        try study.run(trials: 12, parallel: 3) { usualOutcome($0.rate) }
        let record = study.record
        let origins =
            study.snapshots.dropLast().map { record.trials[$0.iterations.lowerBound - 1].parameters }
            + [try #require(record.answer)]
        #expect(study.snapshots.count == origins.count)
        for (snapshot, origin) in zip(study.snapshots, origins) { #expect(snapshot.cut == Array(origin.dropFirst())) }
        var sizes: Set<ParameterValue> = []
        for trial in record.trials {
            #expect((0...0.99).contains(try #require(trial.parameters["momentum"]?.number)))
            #expect((1e-6...1e-2).contains(try #require(trial.parameters["weight_decay"]?.number)))
            let size = try #require(trial.parameters["batch_size"])
            #expect([.integer(32), .integer(64), .integer(128)].contains(size))
            sizes.insert(size)
        }
        #expect(sizes.count > 1)
    }
}
