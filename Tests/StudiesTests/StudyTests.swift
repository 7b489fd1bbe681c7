import BayesianOptimization
import Foundation
import JSON
import Platform
import Studies
import Testing

/// The settings that the studies of these tests record.
private struct Settings: Encodable {
    var epochs = 5
    var limit: Int? = nil
}

/// A loss with its minimum at 0.3, in two folds that lie on both sides of it.
private func outcome(_ learningRate: Double, isDiverged: Bool = false) -> TrialOutcome {
    let loss = 0.3 + (learningRate - 0.3) * (learningRate - 0.3)
    return TrialOutcome(
        folds: [(0, -0.125), (1, 0.125)].map { fold, deviation in
            FoldOutcome(
                fold: fold, validationLoss: loss + deviation, validationAccuracy: 0.75 + deviation, testLoss: loss + 1,
                testAccuracy: 0.5)
        }, isDiverged: isDiverged)
}

/// An outcome with a fold that has the given loss.
private func outcome(ofLoss loss: Double) -> TrialOutcome {
    TrialOutcome(
        folds: [
            FoldOutcome(fold: 0, validationLoss: 2.5, validationAccuracy: 0.1, testLoss: 2.5, testAccuracy: 0.1),
            FoldOutcome(fold: 1, validationLoss: loss, validationAccuracy: 0.1, testLoss: loss, testAccuracy: 0.1),
        ], isDiverged: true)
}

private func makeStudy(file: OutputFile? = nil, recorded: [Evaluation] = []) throws -> Study {
    let space = try SearchSpace(lower: 0.001, upper: 0.9)
    let optimizer = try BayesianOptimizer(space: space, initial: 0.01, seed: 10)
    return Study(
        description: StudyDescription(
            backend: "cpu", device: "2 \"cores\"", preset: .reference, seed: 10, settings: Settings()),
        engine: ReferenceEngine(optimizer, fixed: Hyperparameters(learningRate: 0.01)),
        learningRates: 0.001...0.9, file: file, recorded: recorded)
}

extension Study {
    /// Runs with an objective of the learning rate alone.
    fileprivate mutating func run(
        evaluations: Int, observe: (Event) throws -> Void = { _ in }, objective: (Double) throws -> TrialOutcome
    ) throws {
        try run(evaluations: evaluations, observe: observe) { trials, _ in
            try trials.map { try objective($0.hyperparameters.learningRate) }
        }
    }
}

/// The results file as any program reads it.
private func readResults(_ folder: TemporaryFolder) throws -> JSONObject {
    try JSONDecoder().decode(JSONObject.self, from: Data(folder.text("results.json").utf8))
}

private struct Interruption: Error {}

struct StudyTests {
    @Test("Every evaluation is recorded as the format has it, and in the file before it is announced")
    func record() throws {
        let folder = try TemporaryFolder()
        var study = try makeStudy(file: OutputFile(folder.path("results.json")))
        var announced = 0
        try study.run(evaluations: 4) { event in
            guard case .finished(let evaluation) = event else { return }
            announced += 1
            let results = try readResults(folder)
            let evaluations = try #require(results["evaluations"] as? [JSONObject])
            #expect(evaluations.count == announced)
            #expect(evaluations.last?["learning_rate"] as? Double == evaluation.learningRate)
        } objective: {
            outcome($0)
        }
        #expect(announced == 4)

        let results = try readResults(folder)
        #expect(
            Set(results.names) == [
                "backend", "device", "preset", "seed", "settings", "evaluations", "best", "recommended", "stop_reason",
            ])
        #expect(results["backend"] as? String == "cpu")
        #expect(results["device"] as? String == "2 \"cores\"")
        #expect(results["preset"] as? String == "reference")
        #expect(results["seed"] as? Double == 10)
        let settings = try #require(results["settings"] as? JSONObject)
        #expect(settings["epochs"] as? Double == 5)
        #expect(settings["limit"] is JSONObject.Null)

        let evaluations = try #require(results["evaluations"] as? [JSONObject])
        for (index, (evaluation, known)) in zip(evaluations, study.results.evaluations).enumerated() {
            #expect(
                Set(evaluation.names) == [
                    "iteration", "learning_rate", "momentum", "weight_decay", "batch_size", "replicate",
                    "validation_loss", "state", "epochs", "forecast", "folds", "length_scale", "noise_level",
                ])
            #expect(evaluation["iteration"] as? Double == Double(index + 1))
            #expect(evaluation["learning_rate"] as? Double == known.learningRate)
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
        let lowest = try #require(study.results.evaluations.min { $0.validationLoss < $1.validationLoss })
        #expect(best["learning_rate"] as? Double == lowest.learningRate)
        #expect(best["loss"] as? Double == lowest.validationLoss)
        #expect(try folder.files() == ["results.json"])
    }

    @Test("The members stand in the order of the format")
    func order() throws {
        var study = try makeStudy()
        try study.run(evaluations: 1) { outcome($0) }
        let text = try JSON.encode(study.results, layout: .line)
        #expect(
            text.hasPrefix(
                #"{"backend": "cpu", "device": "2 \"cores\"", "preset": "reference", "seed": 10, "#
                    + #""settings": {"epochs": 5, "limit": null}, "evaluations": [{"iteration": 1, "#
                    + #""learning_rate": 0.01, "momentum": 0.0, "weight_decay": 0.0, "batch_size": 64, "replicate": 0, "#
                    + #""validation_loss": "#))
        #expect(
            text.contains(#""length_scale": null, "noise_level": null}], "best": {"learning_rate": 0.01, "loss": "#))
    }

    @Test("Each proposal comes before its evaluation, with a picture from the second on")
    func events() throws {
        var study = try makeStudy()
        var log: [String] = []
        try study.run(evaluations: 3) { event in
            switch event {
            case .proposed(let trials, let picture):
                log.append("proposed \(trials[0].iteration)")
                #expect(trials.count == 1)
                #expect((picture == nil) == (trials[0].iteration == 1))
                #expect(picture.map { $0.next == [trials[0].hyperparameters.learningRate] } ?? true)
            case .finished(let evaluation):
                log.append("finished \(evaluation.iteration)")
            }
        } objective: {
            log.append("evaluated")
            return outcome($0)
        }
        #expect(log == (1...3).flatMap { ["proposed \($0)", "evaluated", "finished \($0)"] })
    }

    @Test("A picture shows what the optimiser saw")
    func pictures() throws {
        var study = try makeStudy()
        try study.run(evaluations: 4) { outcome($0) }
        // The last one shows the answer.
        #expect(study.pictures.map(\.iterations) == [2...2, 3...3, 4...4, 5...5])
        #expect(study.pictures.map(\.choice) == [nil, nil, nil, study.results.best?.learningRate])
        #expect(study.pictures[3].next.isEmpty)
        for picture in study.pictures {
            let seen = study.results.evaluations.prefix(picture.iterations.lowerBound - 1)
            #expect(picture.points.map(\.x) == seen.map(\.learningRate))
            #expect(picture.points.map(\.loss) == seen.map(\.validationLoss))
            // Two folds 1/4 apart: the standard error of their mean is 1/8.
            #expect(picture.points.allSatisfy { abs(($0.error ?? 0) - 0.125) < 1e-12 })
            #expect(picture.xs.first == 0.001 && picture.xs.last == 0.9)
            #expect(zip(picture.xs, picture.xs.dropFirst()).allSatisfy(<))
            #expect(picture.points.allSatisfy { picture.xs.contains($0.x) })
            #expect(picture.standardDeviations.allSatisfy { $0 > 0 })
            for next in picture.next {
                #expect(next == study.results.evaluations[picture.iterations.lowerBound - 1].learningRate)
                // The optimiser promises the maximum up to 5e-7 of it.
                let highest = try #require(picture.acquisitions.max())
                let proposed = try #require(zip(picture.xs, picture.acquisitions).first { $0.0 == next })
                #expect(proposed.1 >= highest * (1 - 1e-6))
            }
        }
    }

    @Test("A study of diverged trials runs to its end, as long as losses are finite")
    func allDiverged() throws {
        var study = try makeStudy()
        try study.run(evaluations: 3) { outcome($0, isDiverged: true) }
        #expect(study.results.evaluations.map(\.state) == [.diverged, .diverged, .diverged])
        #expect(study.results.best != nil)
    }

    @Test("A loss that is not finite ends the study after it was saved", arguments: [Double.nan, .infinity])
    func notFinite(loss: Double) throws {
        let folder = try TemporaryFolder()
        var study = try makeStudy(file: OutputFile(folder.path("results.json")))
        var finished = 0
        let error = #expect(throws: StudyError.self) {
            try study.run(evaluations: 3) { event in
                if case .finished = event { finished += 1 }
            } objective: {
                $0 == 0.01 ? outcome($0) : outcome(ofLoss: loss)
            }
        }
        let message = try #require(error?.description)
        #expect(message.contains("evaluation 2"))
        #expect(!message.contains("\n"))
        #expect(finished == 2)
        #expect(study.pictures.count == 1)

        let evaluations = try #require(try readResults(folder)["evaluations"] as? [JSONObject])
        #expect(evaluations.count == 2)
        #expect(evaluations[1]["validation_loss"] is JSONObject.Null)
        #expect(evaluations[1]["state"] as? String == "diverged")
        let folds = try #require(evaluations[1]["folds"] as? [JSONObject])
        #expect(folds[0]["validation_loss"] as? Double == 2.5)
        #expect(folds[1]["validation_loss"] is JSONObject.Null)
        #expect(study.results.best?.learningRate == 0.01)
    }

    @Test("Without a finite loss there is no best learning rate")
    func noBest() throws {
        let folder = try TemporaryFolder()
        var study = try makeStudy(file: OutputFile(folder.path("results.json")))
        #expect(throws: StudyError.self) {
            try study.run(evaluations: 3) { _ in outcome(ofLoss: .nan) }
        }
        #expect(study.results.best == nil)
        #expect(try readResults(folder)["best"] is JSONObject.Null)
    }

    @Test("An objective that fails leaves the evaluations before it")
    func interruption() throws {
        let folder = try TemporaryFolder()
        var study = try makeStudy(file: OutputFile(folder.path("results.json")))
        #expect(throws: Interruption.self) {
            try study.run(evaluations: 3) { if $0 == 0.01 { outcome($0) } else { throw Interruption() } }
        }
        #expect(study.results.evaluations.count == 1)
        #expect((try readResults(folder)["evaluations"] as? [JSONObject])?.count == 1)
    }

    @Test("A study that was interrupted goes on as it would have, and makes no evaluation twice")
    func resuming() throws {
        let folder = try TemporaryFolder()
        let file = try OutputFile(folder.path("results.json"))
        var whole = try makeStudy(file: file)
        try whole.run(evaluations: 5) { outcome($0) }
        let text = try folder.text("results.json")

        struct Record: Decodable { var evaluations: [Evaluation] }
        let recorded = try JSON.decode(Record.self, from: InputFile.read(file.path)).evaluations
        #expect(recorded == whole.results.evaluations)
        for known in 0...5 {
            try file.write("what was there before\n")
            var study = try makeStudy(file: file, recorded: Array(recorded.prefix(known)))
            var evaluated = 0
            var announced = 0
            try study.run(evaluations: 5) { event in
                guard case .finished = event else { return }
                announced += 1
                // The record of more evaluations is never replaced by one of fewer.
                let now = try folder.text("results.json")
                #expect(announced >= known || now == "what was there before\n")
            } objective: {
                evaluated += 1
                return outcome($0)
            }
            #expect(evaluated == 5 - known)
            #expect(announced == 5)
            #expect(try folder.text("results.json") == text)
            #expect(study.pictures.map(\.xs) == whole.pictures.map(\.xs))
        }

        var other = try makeStudy(file: file, recorded: Array(recorded.dropFirst().prefix(1)) + recorded.suffix(1))
        let before = try folder.text("results.json")
        #expect(throws: StudyError.self) { try other.run(evaluations: 5) { outcome($0 + 0.001) } }
        #expect(try folder.text("results.json") == before)
    }

    @Test("Evaluations read back as they were written, apart from what kind of infinity a loss was")
    func recordsReadBack() throws {
        let folder = try TemporaryFolder()
        let evaluation = Evaluation(
            iteration: 3, hyperparameters: Hyperparameters(learningRate: 0.1 + 0.2, momentum: 0.9, batchSize: 32),
            replicate: 1, validationLoss: 1 / 3, state: .pruned, epochs: 2, forecast: Forecast(mean: 0.3, std: 1e-17),
            folds: [
                FoldOutcome(
                    fold: 0, validationLoss: 0.1, validationAccuracy: 2 / 3, testLoss: 2.5e-308, testAccuracy: 1,
                    epochLosses: [0.7, 0.1])
            ], lengthScale: 3.3, noiseLevel: nil)
        let infinite = Evaluation(
            iteration: 1, hyperparameters: Hyperparameters(learningRate: 1), replicate: 0, validationLoss: .infinity,
            state: .diverged, epochs: nil, forecast: nil,
            folds: [
                FoldOutcome(
                    fold: 0, validationLoss: .nan, validationAccuracy: 0, testLoss: -.infinity, testAccuracy: 0,
                    epochLosses: [2, .nan])
            ], lengthScale: nil, noiseLevel: nil)
        let path = folder.path("evaluations.json")
        try OutputFile(path).write(JSON.encode([evaluation, infinite]))
        let read = try JSON.decode([Evaluation].self, from: InputFile.read(path))
        #expect(read[0] == evaluation)
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
