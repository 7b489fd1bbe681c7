import BayesianOptimization
import Foundation
import JSON
import Platform
import Studies
import TestSupport
import Testing

/// The results file as read by another program.
private func readResults(_ folder: TemporaryFolder) throws -> JSONObject {
    try JSONDecoder().decode(JSONObject.self, from: Data(folder.text("results.json").utf8))
}

/// An error that ends a study.
private struct Interruption: Error {}

struct StudyTests {
    @Test("Every evaluation is recorded in the documented format, and is in the file before its event")
    func record() throws {
        let folder = try TemporaryFolder()
        let study = try Study.make(.reference, file: OutputFile(folder.path("results.json")))
        var announced = 0
        try study.run(trials: 4) { event in
            guard case .finished(let evaluation) = event else { return }
            announced += 1
            let results = try readResults(folder)
            let evaluations = try #require(results["evaluations"] as? [JSONObject])
            #expect(evaluations.count == announced)
            #expect(evaluations.last?["learning_rate"] as? Double == evaluation.rate)
            #expect(evaluations.last?["backend"] as? String == "cpu")
        } objective: {
            outcome($0.rate)
        }
        #expect(announced == 4)

        let results = try readResults(folder)
        #expect(
            Set(results.names) == [
                "backend", "device", "preset", "seed", "settings", "evaluations", "best", "recommended", "stop_reason",
                "data", "version",
            ])
        #expect(results["backend"] as? String == "cpu")
        #expect(results["device"] as? String == "2 \"cores\"")
        #expect(results["preset"] as? String == "reference")
        #expect(results["seed"] as? Double == 10)
        let settings = try #require(results["settings"] as? JSONObject)
        #expect(settings["epochs"] as? Double == 5)
        #expect(settings["limit"] is JSONObject.Null)

        let evaluations = try #require(results["evaluations"] as? [JSONObject])
        for (index, (evaluation, known)) in zip(evaluations, study.record.trials).enumerated() {
            #expect(
                Set(evaluation.names) == [
                    "iteration", "learning_rate", "momentum", "weight_decay", "batch_size", "replicate",
                    "validation_loss", "state", "epochs", "forecast", "folds", "length_scale", "noise_level",
                    "batch", "backend", "device", "version",
                ])
            #expect(evaluation["iteration"] as? Double == Double(index + 1))
            #expect(evaluation["learning_rate"] as? Double == known.rate)
            #expect(evaluation["validation_loss"] as? Double == known.validationLoss)
            #expect(evaluation["state"] as? String == "complete")
            #expect(evaluation["length_scale"] as? Double == known.lengthScale)
            #expect(evaluation["noise_level"] as? Double == known.noiseLevel)
            #expect((evaluation["length_scale"] is JSONObject.Null) == (index == 0))
            #expect((evaluation["noise_level"] is JSONObject.Null) == (index == 0))
            let folds = try #require(evaluation["folds"] as? [JSONObject])
            #expect(folds.map { $0["fold"] as? Double } == [0, 1])
            #expect(
                folds.allSatisfy {
                    Set($0.names) == [
                        "fold", "validation_loss", "validation_accuracy", "test_loss", "test_accuracy",
                        "epoch_losses",
                    ]
                })
            #expect(folds[1]["validation_loss"] as? Double == known.folds[1].validationLoss)
        }
        #expect(evaluations[0]["learning_rate"] as? Double == 0.01)

        let best = try #require(results["best"] as? JSONObject)
        let lowest = try #require(study.record.trials.min { $0.validationLoss < $1.validationLoss })
        #expect(best["learning_rate"] as? Double == lowest.rate)
        #expect(best["loss"] as? Double == lowest.validationLoss)
        #expect(try folder.files() == ["results.json"])
    }

    @Test("The members are in the documented order")
    func order() throws {
        let study = try Study.make(.reference)
        try study.run(trials: 1) { outcome($0.rate) }
        let text = try JSON.encode(study.record, layout: .line)
        #expect(
            text.hasPrefix(
                #"{"backend": "cpu", "device": "2 \"cores\"", "preset": "reference", "seed": 10, "#
                    + #""settings": {"epochs": 5, "limit": null}, "evaluations": [{"iteration": 1, "#
                    + #""learning_rate": 0.01, "momentum": 0.0, "weight_decay": 0.0, "batch_size": 64, "replicate": 0, "#
                    + #""validation_loss": "#))
        #expect(text.contains(#""best": {"learning_rate": 0.01, "momentum": "#))
    }

    @Test("Each suggestion comes before its evaluation, with a snapshot from the second on")
    func events() throws {
        let study = try Study.make(.reference)
        var log: [String] = []
        try study.run(trials: 3) { event in
            switch event {
            case .proposed(let plans, let snapshots):
                log.append("proposed \(plans[0].number)")
                #expect(plans.count == 1)
                #expect(snapshots.count == plans[0].number - 1)
                #expect(snapshots.last.map { $0.next == [plans[0].rate] } ?? true)
            case .finished(let trial):
                log.append("finished \(trial.number)")
            }
        } objective: {
            log.append("evaluated")
            return outcome($0.rate)
        }
        #expect(log == (1...3).flatMap { ["proposed \($0)", "evaluated", "finished \($0)"] })
    }

    @Test("A snapshot shows the surrogate of the optimiser")
    func snapshots() throws {
        let study = try Study.make(.reference)
        try study.run(trials: 4) { outcome($0.rate) }
        // The last one shows the answer.
        #expect(study.snapshots.map(\.iterations) == [2...2, 3...3, 4...4, 5...5])
        #expect(study.snapshots.map(\.choice) == [nil, nil, nil, study.record.best?.rate])
        #expect(study.snapshots[3].next.isEmpty)
        for snapshot in study.snapshots {
            let seen = study.record.trials.prefix(snapshot.iterations.lowerBound - 1)
            #expect(snapshot.points.map(\.x) == seen.map(\.rate))
            #expect(snapshot.points.map(\.loss) == seen.map(\.validationLoss))
            // Two folds 1/4 apart: the standard error of their mean is 1/8.
            #expect(snapshot.points.allSatisfy { abs(($0.error ?? 0) - 0.125) < 1e-12 })
            #expect(snapshot.xs.first == 0.001 && snapshot.xs.last == 0.9)
            #expect(zip(snapshot.xs, snapshot.xs.dropFirst()).allSatisfy(<))
            #expect(snapshot.points.allSatisfy { snapshot.xs.contains($0.x) })
            #expect(snapshot.standardDeviations.allSatisfy { $0 > 0 })
            for next in snapshot.next {
                #expect(next == study.record.trials[snapshot.iterations.lowerBound - 1].rate)
                // The optimiser finds the maximum to a relative accuracy of 5e-7.
                let highest = try #require(snapshot.acquisitions.max())
                let proposed = try #require(zip(snapshot.xs, snapshot.acquisitions).first { $0.0 == next })
                #expect(proposed.1 >= highest * (1 - 1e-6))
            }
        }
    }

    @Test("A study of diverged trials runs to its end, as long as losses are finite")
    func allDiverged() throws {
        let study = try Study.make(.reference)
        try study.run(trials: 3) { outcome($0.rate, state: .diverged) }
        #expect(study.record.trials.map(\.state) == [.diverged, .diverged, .diverged])
        #expect(study.record.best != nil)
    }

    @Test("A loss that is not finite ends the study after it is saved", arguments: [Double.nan, .infinity])
    func notFinite(loss: Double) throws {
        let folder = try TemporaryFolder()
        let study = try Study.make(.reference, file: OutputFile(folder.path("results.json")))
        var finished = 0
        let error = #expect(throws: StudyError.self) {
            try study.run(trials: 3) { event in
                if case .finished = event { finished += 1 }
            } objective: {
                $0.rate == 0.01 ? outcome($0.rate) : outcome(ofLoss: loss)
            }
        }
        let message = try #require(error?.description)
        #expect(message.contains("evaluation 2"))
        #expect(!message.contains("\n"))
        #expect(finished == 2)
        #expect(study.snapshots.count == 1)

        let evaluations = try #require(try readResults(folder)["evaluations"] as? [JSONObject])
        #expect(evaluations.count == 2)
        #expect(evaluations[1]["validation_loss"] is JSONObject.Null)
        #expect(evaluations[1]["state"] as? String == "diverged")
        let folds = try #require(evaluations[1]["folds"] as? [JSONObject])
        #expect(folds[0]["validation_loss"] as? Double == 2.5)
        #expect(folds[1]["validation_loss"] is JSONObject.Null)
        #expect(study.record.best?.rate == 0.01)
    }

    @Test("Without a finite loss there is no best learning rate")
    func noBest() throws {
        let folder = try TemporaryFolder()
        let study = try Study.make(.reference, file: OutputFile(folder.path("results.json")))
        #expect(throws: StudyError.self) {
            try study.run(trials: 3) { _ in outcome(ofLoss: .nan) }
        }
        #expect(study.record.best == nil)
        #expect(try readResults(folder)["best"] is JSONObject.Null)
    }

    @Test("The evaluations before an error of the objective are kept")
    func interruption() throws {
        let folder = try TemporaryFolder()
        let study = try Study.make(.reference, file: OutputFile(folder.path("results.json")))
        #expect(throws: Interruption.self) {
            try study.run(trials: 3) { if $0.rate == 0.01 { outcome($0.rate) } else { throw Interruption() } }
        }
        #expect(study.record.trials.count == 1)
        #expect((try readResults(folder)["evaluations"] as? [JSONObject])?.count == 1)
    }

    /// The records of a file, as a resumed study reads them.
    private struct Record: Decodable {
        var evaluations: [TrialRecord]
    }

    @Test(
        "An interrupted study continues unchanged, and repeats no trial",
        arguments: [(Preset.reference, 1), (.robust, 1), (.robust, 3), (.reference, 2)])
    func resuming(preset: Preset, parallel: Int) throws {
        let folder = try TemporaryFolder()
        let file = try OutputFile(folder.path("results.json"))
        let sizes = try [Parameter("batch_size", .ordinal(values: [32, 64]))]
        func make(_ recorded: [TrialRecord] = []) throws -> Study {
            try Study.make(
                preset, others: preset == .robust ? sizes : [], stopsEarly: false, file: file, recorded: recorded)
        }
        let whole = try make()
        try whole.run(trials: 7, parallel: parallel) { outcome($0.rate) }
        let text = try folder.text("results.json")
        let recorded = try JSON.decode(Record.self, from: Array(text.utf8)).evaluations
        #expect(recorded.map(\.outcome) == whole.record.trials.map(\.outcome))
        var interruptions = (0...7).map { Array(recorded.prefix($0)) }
        // Trials of a batch finish in any order.
        if parallel == 3 { interruptions.append(Array(recorded[..<3] + recorded[5..<6])) }
        for known in interruptions {
            try file.write("old contents\n")
            let study = try make(known)
            var evaluated: [Int] = []
            var announced: [Int] = []
            try study.run(trials: 7, parallel: parallel) { event in
                guard case .finished(let trial) = event else { return }
                announced.append(trial.number)
                // The file is not replaced by a shorter record.
                guard !evaluated.isEmpty else { return }
                let now = try JSON.decode(Record.self, from: Array(folder.text("results.json").utf8)).evaluations
                #expect(Set(now.map(\.number)).isSuperset(of: known.map(\.number)))
            } objective: {
                evaluated.append($0.number)
                return outcome($0.rate)
            }
            #expect(Set(evaluated) == Set(1...7).subtracting(known.map(\.number)))
            #expect(announced.sorted() == Array(1...7))
            #expect(try folder.text("results.json") == text)
            #expect(study.snapshots.map(\.xs) == whole.snapshots.map(\.xs))
        }
    }

    @Test("Recorded trials count, even if the optimiser would suggest others")
    func otherProposals() throws {
        let whole = try Study.make(.robust, stopsEarly: false)
        try whole.run(trials: 4) { usualOutcome($0.rate) }
        let moved = whole.record.trials.map { trial in
            var plan = trial.plan
            plan.parameters[0] = NamedValue("learning_rate", .real(trial.rate * (trial.number == 3 ? 0.7 : 1 + 1e-12)))
            return TrialRecord(
                plan: plan, outcome: trial.outcome)
        }
        let study = try Study.make(.robust, stopsEarly: false, recorded: moved)
        var evaluated: [Int] = []
        try study.run(trials: 5) {
            evaluated.append($0.number)
            return usualOutcome($0.rate)
        }
        #expect(evaluated == [5])
        #expect(study.record.trials.prefix(4).map(\.rate) == moved.map(\.rate))
    }

    @Test("Fewer trials than recorded: the answer uses all of them, and none is evaluated", arguments: [1, 3, 5])
    func fewer(trials: Int) throws {
        let folder = try TemporaryFolder()
        let file = try OutputFile(folder.path("results.json"))
        let whole = try Study.make(.robust, stopsEarly: false, file: file)
        try whole.run(trials: 5) { usualOutcome($0.rate) }
        let text = try folder.text("results.json")
        let study = try Study.make(.robust, stopsEarly: false, file: file, recorded: whole.record.trials)
        try study.run(trials: trials) { _ in throw Interruption() }
        #expect(try folder.text("results.json") == text)
    }

    @Test("Records of another study and damaged ones are refused with the reason")
    func unusable() throws {
        let whole = try Study.make(.reference)
        try whole.run(trials: 3) { outcome($0.rate) }
        let trials = whole.record.trials
        func expectRefused(_ recorded: [TrialRecord], folds: Int? = nil, _ words: String) {
            let error = #expect(throws: StudyError.self) {
                _ = try Study.make(.reference, recorded: recorded, folds: folds)
            }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("\n") == false)
        }
        func changed(_ index: Int, _ change: (inout TrialPlan) -> Void) -> [TrialRecord] {
            var plan = trials[index].plan
            change(&plan)
            var result = trials
            result[index] = TrialRecord(
                plan: plan, outcome: trials[index].outcome)
            return result
        }
        expectRefused(trials + [trials[1]], "evaluation 2 is not usable: two evaluations have this number")
        expectRefused(trials, folds: 3, "evaluation 1 is not usable: it has 2 folds, and the study 3")
        expectRefused(
            changed(1) { $0.parameters[1] = NamedValue("momentum", .real(0.5)) },
            "its momentum is 0.5, and the study's is 0")
        expectRefused(changed(2) { $0.parameters[0] = NamedValue("depth", .real(1)) }, "no hyperparameter depth")
        expectRefused(changed(2) { $0.parameters[0] = NamedValue("learning_rate", .real(7)) }, "learning_rate is 7.0")
        expectRefused(
            changed(2) { $0 = TrialPlan(number: 3, batch: 2...4, parameters: $0.parameters) }, "overlaps")
    }

    @Test(
        "A damaged record is refused with the reason",
        arguments: [
            ("\"iteration\": 1", "\"iteration\": 0", "at least 1"),
            ("\"validation_loss\": ", "\"validation_loss\": 9", "mean of its folds"),
            ("\"batch\": [1, 1]", "\"batch\": [2, 1]", "batch"),
            ("\"batch\": [1, 1]", "\"batch\": [1, 9223372036854775807]", "batch"),
            ("\"iteration\": 1", "\"iteration\": 9223372036854775807", "batch"),
            ("\"replicate\": 0", "\"replicate\": -1", "negative"),
            ("\"complete\"", "\"finished\"", "state"), ("\"fold\": 0", "\"fold\": \"a\"", "fold"),
        ])
    func damaged(old: String, new: String, words: String) throws {
        let study = try Study.make(.reference)
        try study.run(trials: 1) { outcome($0.rate) }
        let text = try JSON.encode(study.record, layout: .line)
        let range = try #require(text.firstRange(of: old))
        let error = #expect(throws: JSONError.self) {
            _ = try JSON.decode(Record.self, from: Array(text.replacingCharacters(in: range, with: new).utf8))
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("Records survive a round trip, except for the kind of a loss that is not finite")
    func recordsReadBack() throws {
        func record(_ state: TrialRecord.State, _ fold: TrialRecord.FoldOutcome, _ forecast: TrialRecord.Forecast?)
            -> TrialRecord
        {
            TrialRecord(
                plan: TrialPlan(
                    number: 3, batch: 2...4,
                    parameters: [
                        NamedValue("batch_size", .integer(32)), NamedValue("learning_rate", .real(0.1 + 0.2)),
                    ],
                    replicate: 1),
                outcome: .init(folds: [fold], state: state, epochs: 2), forecast: forecast, lengthScale: 3.3,
                noiseLevel: nil, origin: .init(backend: "opencl", device: "a \"GPU\"", version: "1"))
        }
        let finite = record(
            .pruned,
            .init(
                fold: 0, validationLoss: 1 / 3, validationAccuracy: 2 / 3, testLoss: 2.5e-308, testAccuracy: 1,
                epochLosses: [0.7, 0.1]), .init(mean: 0.3, std: 1e-17))
        let infinite = record(
            .diverged,
            .init(
                fold: 0, validationLoss: .infinity, validationAccuracy: 0, testLoss: -.infinity, testAccuracy: 0,
                epochLosses: [2, .nan]), nil)
        let read = try JSON.decode([TrialRecord].self, from: Array(JSON.encode([finite, infinite]).utf8))
        #expect(read[0] == finite)
        #expect(read[1].validationLoss.isNaN)
        #expect(read[1].folds[0].testLoss.isNaN)
        #expect(read[1].folds[0].epochLosses?[0] == 2)
        #expect(read[1].folds[0].epochLosses?[1].isNaN == true)
    }

    @Test("Mean and sample standard deviation of the folds")
    func statistics() {
        let folds = outcome(0.3).folds
        #expect(folds.mean(of: \.validationLoss) == 0.3)
        // Two values at a distance d have the standard deviation d / √2; here d = 1/4, and the values round to 2⁻⁵⁴.
        let deviation = folds.standardDeviation(of: \.validationLoss) ?? .nan
        #expect(abs(deviation - 0.25 / 2.0.squareRoot()) <= 4 * 0x1p-54)
        #expect(Array(folds.prefix(1)).standardDeviation(of: \.validationLoss) == nil)
    }
}
