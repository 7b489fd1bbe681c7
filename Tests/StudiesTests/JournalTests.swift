import BayesianOptimization
import Foundation
import JSON
import NumPyRandom
import Platform
import Studies
import TestSupport
import Testing

/// An error that ends a study.
private struct Interruption: Error {}

/// The journal of a study: what is written is read back, whatever happens to the file.
struct JournalTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("study.log") }

    init() throws { folder = try TemporaryFolder() }

    /// A study with the journal of these tests, which continues the recorded one.
    private func make(_ preset: Preset = .robust, resumes: Bool = true) throws -> Study {
        let journal = try StudyJournal(path, resumes: resumes)
        let sizes = try [Parameter("batch_size", .ordinal(values: [32, 64]))]
        return try Study.make(
            preset, others: preset == .robust ? sizes : [], stopsEarly: false, journal: journal,
            recorded: journal.recorded?.records() ?? [])
    }

    /// Runs a study, which releases its lock at the end, and returns its record.
    @discardableResult
    private func run(
        _ preset: Preset = .robust, trials: Int, parallel: Int = 1, resumes: Bool = true,
        objective: (TrialPlan) throws -> TrialRecord.Outcome = { usualOutcome($0.rate) }
    ) throws -> StudyRecord {
        let study = try make(preset, resumes: resumes)
        try study.run(trials: trials, parallel: parallel, objective: objective)
        return study.record
    }

    private func study() throws -> JournalStudy {
        try #require(try StudyJournal.study(in: Array(folder.text("study.log").utf8), of: path))
    }

    /// Records, but for what only results have.
    private static func expectSame(_ records: [TrialRecord], _ others: [TrialRecord]) throws {
        #expect(try JSON.encode(records) == JSON.encode(others))
    }

    @Test("A journal has the trials of the study", arguments: [Preset.robust, .reference])
    func records(preset: Preset) throws {
        let written = try run(preset, trials: 5, parallel: preset == .robust ? 2 : 1)
        let known = try self.study()
        try Self.expectSame(known.records(), written.trials)
        #expect(known.trials.map(\.state) == Array(repeating: .complete, count: 5))
        for (trial, record) in zip(known.trials, written.trials) {
            #expect(trial.value == record.validationLoss)
            #expect(trial.userAttributes["iteration"]?.int == record.number)
            #expect(trial.userAttributes["fold_losses"]?.array?.count == record.folds.count)
            #expect(trial.userAttributes["variance"]?.double ?? 0 > 0 || record.state == .diverged)
            #expect((trial.userAttributes["diverged"] == .bool(true)) == (record.state == .diverged))
            #expect(trial.userAttributes["seconds"]?.double ?? -1 >= 0)
        }
        let results = try JSONValue(encoding: written)
        for name in ["preset", "seed", "settings", "data", "backend", "device", "version", "best"] {
            #expect(known.userAttributes[name] == results[name], "\(name)")
        }
        #expect(try folder.files() == ["study.log"])
    }

    /// Losses of two folds after each epoch, with the final outcome.
    private static func epochs(_ rate: Double, _ losses: [Double]) -> TrialRecord.Outcome {
        .init(
            folds: [0, 1].map { fold in
                let own = losses.map { $0 + 0.01 * Double(fold) }
                return .init(
                    fold: fold, validationLoss: own[own.count - 1], validationAccuracy: 0.5, testLoss: 1,
                    testAccuracy: 0.5, epochLosses: own)
            }, state: losses.contains { !$0.isFinite } ? .diverged : .complete, epochs: losses.count)
    }

    @Test("The mean loss of each epoch is in the journal before the next one, and what is not finite is left out")
    func intermediateValues() throws {
        let study = try make()
        try study.run(trials: 2) { plans, stops, finished in
            for (index, plan) in plans.enumerated() {
                let losses = plan.number == 1 ? [2, 1.5, 1] : [2, .nan, .infinity]
                let outcome = Self.epochs(plan.rate, losses)
                _ = try stops(index, outcome.folds.map { Array($0.epochLosses![..<1]) })
                let running = try #require(try self.study().trials.last)
                #expect(running.state == .running)
                #expect(running.intermediateValues == [1: 2.005])
                #expect(running.parameters.map(\.name) == plan.parameters.map(\.name))
                try finished(index, outcome)
            }
        }
        let trials = try self.study().trials
        #expect(trials.map(\.state) == [.complete, .fail])
        #expect(trials[0].intermediateValues == [1: 2.005, 2: 1.505, 3: 1.005])
        #expect(trials[1].intermediateValues == [1: 2.005])
        #expect(trials[1].value == nil)
        #expect(trials[1].userAttributes["diverged"] == .bool(true))
        #expect(try !folder.text("study.log").contains("nan"))
        try Self.expectSame(self.study().records(), study.record.trials)
    }

    @Test("States of trials, in Optuna's words")
    func states() throws {
        try run(trials: 4) { plan in
            [outcome(plan.rate), outcome(plan.rate, state: .pruned), outcome(plan.rate, state: .diverged), .lost][
                plan.number - 1]
        }
        let known = try self.study()
        #expect(known.trials.map(\.state) == [.complete, .pruned, .complete, .fail])
        #expect(known.trials[3].userAttributes["lost"] == .bool(true))
        #expect(try known.records().map(\.state) == [.complete, .pruned, .diverged, .lost])
        // A lost trial is evaluated again, as another trial with the same number.
        try run(trials: 4) { outcome($0.rate) }
        let again = try self.study()
        #expect(again.trials.map(\.userAttributes["iteration"]?.int) == [1, 2, 3, 4, 4])
        #expect(try again.records().map(\.state) == [.complete, .pruned, .diverged, .complete])
    }

    @Test("A study that is interrupted continues, and is the same in the end", arguments: [1, 3])
    func resuming(parallel: Int) throws {
        let whole = try run(trials: 7, parallel: parallel, resumes: false)
        for interruption in 0..<7 {
            var evaluated = 0
            #expect(throws: Interruption.self) {
                try run(trials: 7, parallel: parallel, resumes: false) {
                    if evaluated == interruption { throw Interruption() }
                    evaluated += 1
                    return usualOutcome($0.rate)
                }
            }
            try run(trials: 7, parallel: parallel) {
                evaluated += 1
                return usualOutcome($0.rate)
            }
            #expect(evaluated == 7)
            try Self.expectSame(study().records(), whole.trials)
            // What the interrupted run had begun is begun again under its own number.
            #expect(try study().trials.count == 7)
            #expect(try study().trials.allSatisfy { $0.state.isFinished })
        }
    }

    @Test("A journal that ends at any byte has all trials whose last line it has, and leads to the same answer")
    func truncation() throws {
        let whole = try run(trials: 5, parallel: 2, resumes: false)
        let bytes = Array(try folder.text("study.log").utf8)
        let beginning = try #require(bytes.firstIndex(of: UInt8(ascii: "\n"))) + 1
        var draws = RandomState(seed: 28)
        for _ in 0..<100 {
            let end = beginning + Int(draws.double() * Double(bytes.count - beginning))
            try folder.write(Array(bytes[..<end]), to: "study.log")
            let lines = bytes[..<end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
            let finished = lines.count { line in
                let line = try? JSONValue(parsing: Array(line))
                return line?["op_code"]?.int == 6
            }
            #expect(try self.study().records().count == finished, "\(end) bytes")
            var evaluated = 0
            let record = try run(trials: 5, parallel: 2) {
                evaluated += 1
                return usualOutcome($0.rate)
            }
            #expect(evaluated == 5 - finished, "\(end) bytes")
            try Self.expectSame(self.study().records(), whole.trials)
            #expect(try JSON.encode(record) == JSON.encode(whole))
        }
    }

    @Test("A second run is refused while the first one has the journal")
    func locking() throws {
        let study = try make()
        try study.run(trials: 1) { outcome($0.rate) }
        let error = #expect(throws: FileError.self) { try StudyJournal(path, resumes: true) }
        #expect(error?.description.contains("process \(getpid()) is using it") == true)
        withExtendedLifetime(study) {}
    }

    @Test("Optuna's lock is respected, and one that a killed run has left is taken over")
    func optunaLock() throws {
        let lock = folder.path("study.log.lock")
        try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: "./././study.log")
        try run(trials: 1)
        #expect(try folder.files() == ["study.log"])
        // That of another process disappears later.
        try FileManager.default.createSymbolicLink(atPath: lock, withDestinationPath: path)
        let unlocking = Thread {
            usleep(300_000)
            try? FileManager.default.removeItem(atPath: lock)
        }
        let start = ContinuousClock.now
        unlocking.start()
        try run(trials: 2)
        #expect(ContinuousClock.now - start > .milliseconds(250))
        #expect(try self.study().records().count == 2)
    }

    @Test("Trials that another program appends during a run keep their place")
    func appendedMeanwhile() throws {
        let record = try run(trials: 3) { plan in
            if plan.number == 2 {
                let file = try FileHandle(forWritingTo: URL(filePath: path))
                try file.seekToEnd()
                try file.write(contentsOf: Data(Self.foreignTrial(id: 2, rate: 0.2, loss: 0.31, study: 0).utf8))
                try file.close()
            }
            return outcome(plan.rate)
        }
        let known = try self.study()
        #expect(known.trials.map(\.userAttributes["iteration"]?.int) == [1, 2, nil, 3])
        let records = try known.records()
        try #require(records.map(\.number) == [1, 2, 3, 4])
        try Self.expectSame(Array(records.prefix(3)), record.trials)
        #expect(records[3].validationLoss == 0.31)
        #expect(records[3].folds.isEmpty)
    }

    /// The lines of a trial that Optuna has written.
    private static func foreignTrial(id: Int, rate: Double, loss: Double?, study: Int, state: Int = 1) -> String {
        """
        {"op_code":4,"worker_id":"w","study_id":\(study),"datetime_start":"2026-01-01T00:00:00.000000+00:00"}
        {"op_code":5,"worker_id":"w","trial_id":\(id),"param_name":"learning_rate","param_value_internal":\(rate),"distribution":"{\\"name\\": \\"FloatDistribution\\", \\"attributes\\": {\\"step\\": null, \\"low\\": 0.001, \\"high\\": 0.9, \\"log\\": true}}"}
        {"op_code":5,"worker_id":"w","trial_id":\(id),"param_name":"batch_size","param_value_internal":1,"distribution":"{\\"name\\": \\"CategoricalDistribution\\", \\"attributes\\": {\\"choices\\": [32, 64]}}"}
        {"op_code":7,"worker_id":"w","trial_id":\(id),"step":1,"intermediate_value":NaN}
        {"op_code":6,"worker_id":"w","trial_id":\(id),"state":\(state),"values":\(loss.map { "[\($0)]" } ?? "null"),"datetime_complete":"2026-01-01T00:00:01.000000+00:00"}

        """
    }

    @Test("A study that Optuna has begun continues")
    func foreignStudy() throws {
        var text = #"{"op_code":0,"worker_id":"w","study_name":"mine","directions":[1]}"# + "\n"
        for (id, rate) in [0.01, 0.1, 0.4].enumerated() {
            text += Self.foreignTrial(
                id: id, rate: rate, loss: usualOutcome(rate).folds.mean(of: \.validationLoss), study: 0)
        }
        text += Self.foreignTrial(id: 3, rate: 0.8, loss: nil, study: 0, state: 3)
        try folder.write(text, to: "study.log")
        var evaluated: [Int] = []
        let record = try run(trials: 6) {
            evaluated.append($0.number)
            return usualOutcome($0.rate)
        }
        // Nobody knows why the fourth one failed, so it is evaluated again.
        #expect(evaluated == [4, 5, 6])
        #expect(record.trials.map(\.number) == Array(1...6))
        #expect(record.trials[0].parameters["batch_size"] == .integer(64))
        #expect(try folder.text("study.log").hasPrefix(text))
        let records = try self.study().records()
        #expect(records.map(\.number) == record.trials.map(\.number))
        #expect(records.map(\.rate) == record.trials.map(\.rate))
        #expect(records.map(\.validationLoss) == record.trials.map(\.validationLoss))
        #expect(try self.study().name == "mine")
    }

    @Test(
        "What is no journal of one study is refused by name",
        arguments: [
            ("{\"op_code\":0", nil),
            ("no journal\n", "its line 1 is no line of a journal"),
            ("{\"op_code\":77}\n", "op_code is not known"),
            (
                #"{"op_code":0,"study_name":"a","directions":[2],"worker_id":"w"}"# + "\n",
                "does not minimise a single value"
            ),
            (
                #"{"op_code":0,"study_name":"a","directions":[1],"worker_id":"w"}"# + "\n"
                    + #"{"op_code":0,"study_name":"b","directions":[1],"worker_id":"w"}"# + "\n",
                "it has 2 studies"
            ),
        ] as [(String, String?)])
    func refused(text: String, words: String?) throws {
        try folder.write(text, to: "study.log")
        guard let words else {
            // A torn first line is no study.
            #expect(try StudyJournal(path, resumes: true).recorded == nil)
            return
        }
        let error = #expect(throws: FileError.self) { try StudyJournal(path, resumes: true) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(try folder.text("study.log") == text)
    }

    @Test("A parameter whose kind has changed comes with the creation of its trial, so that Optuna keeps it")
    func incompatibleDistribution() throws {
        func first() throws {
            try Study.make(.robust, stopsEarly: false, journal: StudyJournal(path, resumes: false)).run(trials: 2) {
                usualOutcome($0.rate)
            }
        }
        try first()
        let journal = try StudyJournal(path, resumes: true)
        let sizes = try [Parameter("batch_size", .ordinal(values: [32, 64]))]
        let second = try Study.make(
            .robust, others: sizes, stopsEarly: false, journal: journal, recorded: journal.recorded?.records() ?? [])
        try second.run(trials: 4) { usualOutcome($0.rate) }
        let trials = try self.study().trials
        #expect(
            trials.map(\.distributions["batch_size"]) == [
                .int(low: 64, high: 64, log: false, step: 1), .int(low: 64, high: 64, log: false, step: 1),
                .categorical([.integer(32), .integer(64)]), .categorical([.integer(32), .integer(64)]),
            ])
        let records = try self.study().records()
        #expect(records.map(\.outcome) == second.record.trials.map(\.outcome))
        #expect(records.map { $0.parameters["batch_size"] } == second.record.trials.map { $0.parameters["batch_size"] })
    }

    @Test(
        "A replay of a journal has the results of the study, and evaluates nothing",
        arguments: [Preset.robust, .reference])
    func replay(preset: Preset) throws {
        let record = try run(preset, trials: 5, parallel: preset == .robust ? 2 : 1)
        let again = try Study.replay(study())
        #expect(try JSONValue(encoding: again.record) == JSONValue(encoding: record))
        #expect(again.snapshots.count == (preset == .robust ? 3 : 5))
    }

    @Test("A time limit ends a study before a batch that would probably take longer")
    func timeLimit() throws {
        let study = try make()
        try study.run(trials: 1000, timeLimit: .milliseconds(500)) { plans, _, finished in
            usleep(100_000)
            try finished(0, usualOutcome(plans[0].rate))
        }
        #expect((1...4).contains(study.record.trials.count))
        #expect(study.record.stopReason == "the time limit leaves no time for another one")
        #expect(study.record.recommendation != nil)
    }

    @Test("Trials of another study are learned, and are not recorded")
    func warmStart() throws {
        let earlier = try run(trials: 6).trials
        func search(upper: Double) throws -> Study.Search {
            let rate = try Parameter("learning_rate", .real(lower: 0.001, upper: upper, scale: .log))
            return try Study.Search(
                space: ParameterSpace([rate]), configuration: .robust,
                defaults: earlier[0].parameters.filter { $0.name != "batch_size" } + [
                    NamedValue("batch_size", .integer(64))
                ], noise: .folds)
        }
        var warm = try search(upper: 0.9)
        let usable = earlier.count { $0.parameters["batch_size"] == .integer(64) }
        #expect(warm.learn(from: earlier) == usable)
        #expect((1..<6).contains(usable))
        var narrow = try search(upper: 0.0011)
        #expect(narrow.learn(from: earlier.filter { $0.rate > 0.0011 }) == 0)
        let description = StudyDescription(
            origin: .init(backend: "cpu", device: "1", version: "1"), preset: .robust, seed: 1,
            settings: TestSettings(),
            data: ["checksum": "0"])
        let study = try Study(description: description, search: warm, file: nil)
        try study.run(trials: 2) { usualOutcome($0.rate) }
        let cold = try Study(description: description, search: search(upper: 0.9), file: nil)
        try cold.run(trials: 2) { usualOutcome($0.rate) }
        #expect(study.record.trials.map(\.number) == [1, 2])
        #expect(study.record.trials[0].rate != cold.record.trials[0].rate)
        // The surrogate of the earlier trials is there from the first one on.
        #expect(study.snapshots.count > cold.snapshots.count)
    }
}
