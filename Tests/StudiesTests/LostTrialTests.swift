import BayesianOptimization
import Foundation
import JSON
import Platform
import Studies
import TestSupport
import Testing

@Suite("Lost trials of a study")
struct LostTrialTests {
    private struct Record: Decodable {
        var evaluations: [TrialRecord]
    }

    private static func read(_ folder: TemporaryFolder) throws -> [TrialRecord] {
        try JSON.decode(Record.self, from: Array(folder.text("results.json").utf8)).evaluations
    }

    /// Expects that records are the same but for the order and the types of hyperparameters, which a file does not keep.
    private static func expectSame(_ read: [TrialRecord], _ trials: [TrialRecord]) {
        #expect(read.map(\.outcome) == trials.map(\.outcome))
        #expect(read.map(\.rate) == trials.map(\.rate))
        #expect(read.map(\.plan.replicate) == trials.map(\.plan.replicate))
        #expect(read.map(\.plan.batch) == trials.map(\.plan.batch))
    }

    @Test("A lost trial is recorded and counts, and the optimiser does not see it", arguments: Preset.allCases)
    func recorded(preset: Preset) throws {
        let folder = try TemporaryFolder()
        let study = try Study.make(preset, stopsEarly: false, file: OutputFile(folder.path("results.json")))
        try study.run(trials: 6) { [2, 4].contains($0.number) ? .lost : usualOutcome($0.rate) }
        let trials = study.record.trials
        #expect(trials.map(\.number) == Array(1...6))
        #expect(trials.filter { $0.state == .lost }.map(\.number) == [2, 4])
        Self.expectSame(try Self.read(folder), trials)
        // The machine's fault: the same point is proposed again, as its first replicate.
        #expect(trials[2].parameters == trials[1].parameters && trials[2].plan.replicate == 0)
        #expect(trials[4].parameters == trials[3].parameters && trials[4].plan.replicate == 0)
        // The others are those of a study without losses.
        let whole = try Study.make(preset, stopsEarly: false)
        try whole.run(trials: 4) { usualOutcome($0.rate) }
        #expect(trials.filter { $0.state != .lost }.map(\.parameters) == whole.record.trials.map(\.parameters))
        #expect(study.record.recommendation?.mean == whole.record.recommendation?.mean)
        #expect(study.record.best?.parameters == whole.record.best?.parameters)
        #expect(study.snapshots.allSatisfy { $0.points.allSatisfy { $0.state != .lost && $0.loss.isFinite } })
    }

    @Test("A resumed study evaluates a lost trial again, and its outcome takes the place", arguments: [1, 3])
    func resumed(parallel: Int) throws {
        let folder = try TemporaryFolder()
        let file = try OutputFile(folder.path("results.json"))
        let study = try Study.make(.robust, stopsEarly: false, file: file)
        try study.run(trials: 6, parallel: parallel) { [2, 6].contains($0.number) ? .lost : usualOutcome($0.rate) }
        let known = try Self.read(folder)
        let again = try Study.make(.robust, stopsEarly: false, file: file, recorded: known, folds: 5)
        var evaluated: [Int] = []
        var announced: [Int] = []
        try again.run(trials: 7, parallel: parallel) { event in
            if case .finished(let trial) = event { announced.append(trial.number) }
        } objective: {
            evaluated.append($0.number)
            return usualOutcome($0.rate)
        }
        #expect(evaluated == [2, 6, 7])
        #expect(announced.sorted() == Array(1...7))
        let trials = try Self.read(folder)
        #expect(trials.map(\.number) == Array(1...7))
        #expect(trials.allSatisfy { $0.state != .lost })
        for (old, new) in zip(known, trials) where old.state != .lost { #expect(old == new) }
        #expect(trials[1].parameters == known[1].parameters)
        // Where a later trial took the place of the lost one, this is another replicate of it.
        for trial in trials {
            let same = trials.filter { $0.parameters == trial.parameters }
            #expect(Set(same.map(\.plan.replicate)).count == same.count)
        }
    }

    @Test("A trial that is lost again stays lost, and fewer trials than recorded evaluate none")
    func lostAgain() throws {
        let study = try Study.make(.robust, stopsEarly: false)
        try study.run(trials: 4) { $0.number == 3 ? .lost : usualOutcome($0.rate) }
        let fewer = try Study.make(.robust, stopsEarly: false, recorded: study.record.trials)
        var evaluated: [Int] = []
        try fewer.run(trials: 3) {
            evaluated.append($0.number)
            return .lost
        }
        #expect(evaluated.isEmpty)
        #expect(fewer.record.trials == study.record.trials)
        let again = try Study.make(.robust, stopsEarly: false, recorded: study.record.trials)
        try again.run(trials: 4) {
            evaluated.append($0.number)
            return .lost
        }
        #expect(evaluated == [3])
        #expect(again.record.trials.map(\.outcome) == study.record.trials.map(\.outcome))
    }

    @Test("A study of lost trials ends without an answer")
    func allLost() throws {
        let folder = try TemporaryFolder()
        let study = try Study.make(.robust, file: OutputFile(folder.path("results.json")))
        try study.run(trials: 3, parallel: 2) { _ in .lost }
        #expect(study.record.answer == nil)
        #expect(study.record.trials.count == 3)
        Self.expectSame(try Self.read(folder), study.record.trials)
    }

    @Test("Other trials need folds")
    func withoutFolds() throws {
        let study = try Study.make(.robust)
        try study.run(trials: 1) { _ in .lost }
        let text = try JSON.encode(study.record.trials, layout: .line).replacing("\"lost\"", with: "\"complete\"")
        #expect(throws: JSONError.self) { try JSON.decode([TrialRecord].self, from: Array(text.utf8)) }
    }
}
