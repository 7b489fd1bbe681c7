import Foundation
import TestSupport
import Testing

/// Every command on a small data set, with the fields that scripts rely on.
@Suite(.timeLimit(.minutes(10))) struct CommandTests {
    private let folder: TemporaryFolder
    private let data: [String]

    init() throws {
        folder = try .withSyntheticData()
        data = ["--data", folder.path, "--cpu"]
    }

    private func succeed(_ arguments: [String], environment: [String: String] = [:]) throws -> Command.Result {
        let result = try Program.run(arguments, environment: environment)
        #expect(result.exitCode == 0, "\(arguments): \(result.errors)")
        return result
    }

    private func number(_ value: Any?) throws -> Double {
        let number = try #require(value as? NSNumber)
        return number.doubleValue
    }

    /// The default job with the preset robust and all its features.
    @Test func optimizeEverything() throws {
        let output = folder.path("out/of/nothing")
        let flags =
            [
                "optimize", "--epochs", "2", "--folds", "2", "--batch-size", "20", "--parallel", "2", "--search",
                "momentum=0.0..0.9", "--search", "weight-decay=log:1e-6..1e-2", "--search", "batch-size=16,32",
                "--output", output,
            ] + data
        let plain = try succeed(flags + ["--evaluations", "5", "--retrain"])
        #expect(plain.output.contains("Recommended: learning rate"))
        for name in ["momentum", "weight decay", "batch size"] { #expect(plain.output.contains("\nOptimal \(name) ")) }
        let lastLine = try #require(plain.output.split(separator: "\n").last)
        #expect(lastLine.hasPrefix("Optimal learning rate "))

        let path = output + "/results.json"
        let saved = try Data(contentsOf: URL(fileURLWithPath: path))
        let json = try jsonDictionary(String(decoding: saved, as: UTF8.self))
        #expect(json["preset"] as? String == "robust")
        let evaluations = try #require(json["evaluations"] as? [[String: Any]])
        #expect(evaluations.count == 5)
        for evaluation in evaluations {
            #expect(try (0...0.9).contains(number(evaluation["momentum"])))
            #expect(try (1e-6...1e-2).contains(number(evaluation["weight_decay"])))
            #expect(try [16, 32].contains(number(evaluation["batch_size"])))
            let states = ["complete", "diverged", "pruned"]
            #expect(states.contains(evaluation["state"] as? String ?? ""))
            let folds = try #require(evaluation["folds"] as? [[String: Any]])
            let epochs = try number(evaluation["epochs"])
            #expect(folds.allSatisfy { Double(($0["epoch_losses"] as? [Any])?.count ?? 0) == epochs })
        }
        let recommended = try #require(json["recommended"] as? [String: Any])
        #expect(try number(recommended["std"]) >= 0)
        #expect(exact("learning-rate", in: saved)[1] == lastLine.dropFirst("Optimal learning rate ".count))

        // `train` gives the same model at these values.
        let model = output + "/model.safetensors"
        let weights = folder.path("weights.safetensors")
        let trained = try succeed(
            ["train", "--learning-rate", "\(lastLine.dropFirst("Optimal learning rate ".count))", "--epochs", "2"]
                + ["--batch-size", "\(Int(try number(recommended["batch_size"])))", "--save", weights, "--json"]
                + exact("momentum", in: saved) + exact("weight-decay", in: saved) + data
        ).json()
        #expect(try Data(contentsOf: URL(fileURLWithPath: weights)) == Data(contentsOf: URL(fileURLWithPath: model)))
        #expect(plain.errors.contains(String(format: "test loss %.4f", try number(trained["test_loss"]))))

        // An interrupted study continues unchanged: here one that ended after three evaluations.
        _ = try succeed(flags + ["--evaluations", "3"])
        let resumed = try succeed(flags + ["--evaluations", "5", "--resume"])
        #expect(resumed.output == plain.output)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == saved)
        let other = try Program.run(flags + ["--evaluations", "5", "--resume", "--seed", "3"])
        #expect(other.exitCode != 0)
        #expect(other.complaints.first?.contains("its study has --seed 10, and not 3") == true, "\(other.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == saved)
    }

    /// A hyperparameter of the recommendation with all digits, as a flag.
    private func exact(_ name: String, in results: Data) -> [String] {
        let text = String(decoding: results, as: UTF8.self)
        guard let start = text.range(of: "\"recommended\": {"),
            let key = text.range(
                of: "\"\(name.replacingOccurrences(of: "-", with: "_"))\": ", range: start.upperBound..<text.endIndex)
        else { return [] }
        return ["--" + name, String(text[key.upperBound...].prefix { !",} \n".contains($0) })]
    }

    @Test func noPruning() throws {
        let json = try succeed(
            ["optimize", "--evaluations", "4", "--epochs", "2", "--folds", "2", "--batch-size", "16", "--no-pruning"]
                + ["--json", "--output", folder.path("")] + data
        ).json()
        let evaluations = try #require(json["evaluations"] as? [[String: Any]])
        #expect(evaluations.allSatisfy { $0["state"] as? String != "pruned" && $0["epochs"] as? Int == 2 })
        #expect(json["stop_reason"] != nil)
    }

    /// With `--stop never` all evaluations are done; the choice is recorded.
    @Test(arguments: ["never", "auto"])
    func stopping(choice: String) throws {
        let json = try succeed(
            ["optimize", "--evaluations", "8", "--epochs", "1", "--folds", "2", "--batch-size", "16", "--json"]
                + ["--stop", choice, "--output", folder.path("")] + data
        ).json()
        #expect((json["settings"] as? [String: Any])?["stop"] as? String == choice)
        #expect(choice == "auto" || json["stop_reason"] is NSNull)
        #expect(choice == "auto" || (json["evaluations"] as? [Any])?.count == 8)
    }

    /// The acquisition function is recorded, and is the label of the plot's axis.
    @Test(arguments: [("lcb", "minus lower confidence bound"), ("pi", "log probability of improvement")])
    func acquisitions(function: String, name: String) throws {
        let flags =
            ["optimize", "--evaluations", "8", "--epochs", "1", "--folds", "2", "--json", "--output", folder.path("")]
            + data
        func rates(_ flags: [String]) throws -> [Double] {
            let json = try succeed(flags).json()
            let settings = try #require(json["settings"] as? [String: Any])
            #expect(settings["acquisition"] as? String == (flags.contains(function) ? function : "log-ei"))
            let evaluations = try #require(json["evaluations"] as? [[String: Any]])
            return try evaluations.map { try number($0["learning_rate"]) }
        }
        let usual = try rates(flags)
        #expect(try rates(flags + ["--acquisition", "log-ei"]) == usual)
        #expect(try rates(flags + ["--acquisition", function]) != usual)
        let plot = try String(contentsOfFile: folder.path("optimization_plots.svg"), encoding: .utf8)
        #expect(plot.contains(name))
    }

    /// All studies that are not resumed are kept.
    @Test func previousStudies() throws {
        let flags =
            ["optimize", "--epochs", "1", "--folds", "2", "--batch-size", "16", "--output", folder.path("")] + data
        let results = folder.path("results.json")
        func contents(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
        func kept() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path("")).filter { $0.hasPrefix("results.") }
                .sorted().dropLast().map { $0 }
        }
        // A file that is no record is kept too.
        try folder.write("{ edited by hand", to: "results.json")
        var studies = [try contents(results)]
        for seed in ["1", "2", "3"] {
            let run = try succeed(flags + ["--evaluations", "1", "--seed", seed])
            #expect(run.errors.split(separator: "\n").count { $0.contains("results.\(seed).json") } == 1)
            studies.append(try contents(results))
        }
        #expect(try kept() == ["results.1.json", "results.2.json", "results.3.json"])
        for (index, study) in studies.dropLast().enumerated() {
            #expect(try contents(folder.path("results.\(index + 1).json")) == study)
        }
        // Resuming a study does not replace it, and invalid flags replace nothing.
        _ = try succeed(flags + ["--evaluations", "2", "--seed", "3", "--resume"])
        let studied = try contents(results)
        #expect(try Program.run(flags + ["--folds", "121"]).exitCode != 0)
        #expect(try contents(results) == studied)
        #expect(try kept().count == 3)
    }

    /// A resumed study measures the same, or names the difference.
    @Test func resumingIsRefusedByName() throws {
        let flags = ["optimize", "--epochs", "1", "--folds", "2", "--batch-size", "16", "--output", folder.path("out")]
        _ = try succeed(flags + ["--evaluations", "2"] + data)
        let path = folder.path("out/results.json")
        let record = try Data(contentsOf: URL(fileURLWithPath: path))
        let others = try TemporaryFolder()
        try writeSyntheticData(training: 121, to: others)
        for (extra, images, words) in [
            (["--epochs", "2"], data, "--epochs 1, and this run --epochs 2"),
            (["--folds", "3"], data, "--folds 2, and this run --folds 3"),
            (["--limit", "100"], data, "no --limit, and this run --limit 100"),
            (["--network", "resnet8"], data, "the network seed, and this run the network resnet8"),
            (["--width", "2"], data, "the network seed, and this run the network seed-width-2.0"),
            (["--momentum", "0.5"], data, "its momentum is 0.0, and the study's is 0.5"),
            (["--schedule", "cosine"], data, "--schedule constant, and this run --schedule cosine"),
            (["--nesterov", "--momentum", "0.5"], data, "no --nesterov, and this run --nesterov"),
            (["--augment", "crop,flip"], data, "no --augment, and this run --augment flip,crop"),
            (["--warm-up", "0.5"], data, "its warm up is 0.0, and the study's is 0.5"),
            (["--clip-norm", "2"], data, "its clip norm is 0.0, and the study's is 2.0"),
            (["--dropout", "0.5"], data, "its dropout is 0.0, and the study's is 0.5"),
            (["--label-smoothing", "0.1"], data, "its label smoothing is 0.0, and the study's is 0.1"),
            (["--lower", "0.1", "--initial", "0.2"], data, "evaluation 1"),
            ([], ["--data", others.url.path, "--cpu"], "other images"),
        ] {
            let run = try Program.run(flags + ["--evaluations", "3", "--resume"] + extra + images)
            #expect(run.exitCode == 1)
            #expect(run.complaints.count == 1)
            #expect(run.complaints.first?.contains(words) == true, "\(run.errors)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == record)
        }
        // Settings that do not affect the losses may change; with fewer evaluations the answer uses all recorded ones.
        let fewer = try succeed(flags + ["--evaluations", "1", "--resume", "--acquisition", "lcb"] + data)
        #expect(fewer.output.contains("Optimal learning rate"))
        #expect(!fewer.errors.contains("Evaluation 3"))
        let more = try succeed(flags + ["--evaluations", "4", "--resume", "--parallel", "2", "--json"] + data).json()
        #expect((more["evaluations"] as? [Any])?.count == 4)
        // A record of a version without the options of training counts as one with their defaults.
        let newer: Set = ["warm_up", "schedule", "label_smoothing", "clip_norm", "nesterov", "dropout", "width"]
        var old = try #require(try JSONSerialization.jsonObject(with: record) as? [String: Any])
        for part in ["settings", "evaluations"] {
            func without(_ member: Any) -> Any {
                (member as? [String: Any])?.filter { !newer.contains($0.key) } ?? member
            }
            old[part] = (old[part] as? [Any]).map { $0.map(without) } ?? old[part].map(without)
        }
        // Such a version had no journal either.
        let journal = folder.path("out/study.log")
        try FileManager.default.removeItem(atPath: journal)
        try JSONSerialization.data(withJSONObject: old).write(to: URL(fileURLWithPath: path))
        let refused = try Program.run(flags + ["--evaluations", "3", "--resume", "--warm-up", "0.5"] + data)
        #expect(refused.complaints.first?.contains("its warm up is 0.0, and the study's is 0.5") == true)
        _ = try succeed(flags + ["--evaluations", "2", "--resume"] + data)
        // Results are derived from the journal, so that damaged ones are replaced.
        try Data(record.dropLast(20)).write(to: URL(fileURLWithPath: path))
        _ = try succeed(flags + ["--evaluations", "4", "--resume", "--stop", "never"] + data)
        #expect(try (jsonDictionary(folder.text("out/results.json"))["evaluations"] as? [Any])?.count == 4)
        // A journal that is damaged before its last line.
        let lines = try Data(contentsOf: URL(fileURLWithPath: journal))
        try (lines.dropLast(20) + Data("\n".utf8) + lines).write(to: URL(fileURLWithPath: journal))
        let damaged = try Program.run(flags + ["--resume"] + data)
        #expect(damaged.exitCode == 1)
        #expect(damaged.complaints.count == 1)
        #expect(damaged.complaints.first?.contains("is no line of a journal") == true, "\(damaged.errors)")
        // Results without a journal that are damaged.
        try FileManager.default.removeItem(atPath: journal)
        try Data(record.dropLast(20)).write(to: URL(fileURLWithPath: path))
        #expect(try Program.run(flags + ["--resume"] + data).exitCode == 1)
        // If there is nothing to resume, a study begins.
        try FileManager.default.removeItem(atPath: path)
        let fresh = try succeed(flags + ["--evaluations", "1", "--resume"] + data)
        #expect(fresh.errors.contains("no study"))
    }

    /// Each trial records its backend and device, and the record names the images.
    @Test func provenance() throws {
        let json = try succeed(
            ["optimize", "--evaluations", "2", "--epochs", "1", "--folds", "2", "--json", "--output", folder.path("")]
                + data
        ).json()
        let version = try succeed(["--version"]).output.trimmingCharacters(in: .newlines)
        let record = try #require(json["data"] as? [String: Any])
        #expect(record["folder"] as? String == folder.path)
        #expect((record["checksum"] as? String)?.count == 16)
        #expect(json["version"] as? String == version)
        for trial in try #require(json["evaluations"] as? [[String: Any]]) {
            #expect(trial["backend"] as? String == "cpu")
            #expect(trial["device"] as? String == json["device"] as? String)
            #expect(trial["version"] as? String == version)
        }
    }

    /// A study goes on with the backend that its record names, unless a flag names another one.
    @Test(.enabled(if: Program.hasOpenCL, "there is no OpenCL device"))
    func recordedBackend() throws {
        let flags = [
            "optimize", "--epochs", "1", "--folds", "2", "--batch-size", "16", "--data", folder.path, "--output",
            folder.path("out"), "--json",
        ]
        _ = try succeed(flags + ["--evaluations", "1", "--backend", "opencl"])
        _ = try succeed(flags + ["--evaluations", "2", "--resume"])
        let json = try succeed(flags + ["--evaluations", "3", "--resume", "--cpu"]).json()
        let backends = try #require(json["evaluations"] as? [[String: Any]]).map { $0["backend"] as? String }
        #expect(backends == ["opencl", "opencl", "cpu"])
    }

    /// Losses that are not finite: exit 1, with and without --json.
    @Test(arguments: [[], ["--json"]]) func nothingLearned(format: [String]) throws {
        let result = try Program.run(
            ["optimize", "--lower", "1e10", "--upper", "1e20", "--initial", "1e15", "--folds", "2", "--epochs", "1"]
                + ["--evaluations", "2", "--output", folder.path("")] + format + data)
        #expect(result.exitCode == 1)
        #expect(result.complaints.count == 1)
    }

    /// Of two studies in one folder, the second names the process of the first and ends.
    @Test func oneStudyAFolder() throws {
        let output = folder.path("out")
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        let descriptor = open(output, O_RDONLY)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        let second = try Program.run(["optimize", "--output", output, "--evaluations", "1"] + data)
        #expect(second.exitCode == 1)
        #expect(second.complaints.first?.contains("process \(getpid())") == true, "\(second.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: output).isEmpty)
    }

    @Test func optimizeByReference() throws {
        let output = folder.path("out")
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        let flags = [
            "optimize", "--preset", "reference", "--evaluations", "4", "--epochs", "1", "--folds", "2", "--batch-size",
            "16",
        ]
        let plain = try succeed(flags + ["--output", output] + data)
        let lastLine = try #require(plain.output.split(separator: "\n").last)
        let answer = try #require(Double(lastLine.dropFirst("Optimal learning rate ".count)))
        #expect(lastLine.hasPrefix("Optimal learning rate "))

        for picture in ["optimization_plots.png", "optimization_plots.svg"] {
            let size = try Data(contentsOf: URL(fileURLWithPath: output + "/" + picture)).count
            #expect(size > 10_000, "\(picture)")
        }
        let saved = try Data(contentsOf: URL(fileURLWithPath: output + "/results.json"))
        let json = try jsonDictionary(String(decoding: saved, as: UTF8.self))
        #expect(json["backend"] as? String == "cpu")
        #expect(json["preset"] as? String == "reference")
        #expect(try number(json["seed"]) == 10)
        #expect(json["device"] is String)
        #expect(json["settings"] is [String: Any])
        let best = try #require(json["best"] as? [String: Any])
        // The numbers are compared as text, because Foundation reads numbers of 17 digits with an error in the last.
        let text = "\"best\":{\"learning_rate\":\(answer),\"momentum\""
        #expect(String(decoding: saved, as: UTF8.self).filter { !$0.isWhitespace }.contains(text))
        let evaluations = try #require(json["evaluations"] as? [[String: Any]])
        #expect(evaluations.count == 4)
        for (index, evaluation) in evaluations.enumerated() {
            #expect(try number(evaluation["iteration"]) == Double(index + 1))
            #expect(evaluation["state"] as? String == "complete" || evaluation["state"] as? String == "diverged")
            #expect((evaluation["folds"] as? [Any])?.count == 2)
            #expect(evaluation.keys.contains("length_scale"))
            #expect(evaluation.keys.contains("noise_level"))
            #expect(try (0.001...0.9).contains(number(evaluation["learning_rate"])))
        }
        #expect(try number(evaluations[0]["learning_rate"]) == 0.01)
        let losses = try evaluations.map { try number($0["validation_loss"]) }
        #expect(try number(best["loss"]) == losses.min())

        // The same run again gives the same document, and nothing else, on standard output.
        let again = try succeed(flags + ["--output", output, "--json"] + data)
        #expect(Data(again.output.utf8) == saved)
    }

    @Test func crossValidate() throws {
        let flags = ["--epochs", "1", "--folds", "3", "--json"] + data
        let run = try Program.run(["cross-validate", "--learning-rate", "0.05,1e30"] + flags)
        // All results are printed, and one that is not finite is no success.
        #expect(run.exitCode == 1)
        #expect(run.complaints.first?.contains("1e+30 is not finite") == true, "\(run.errors)")
        let both = try run.json()
        #expect(both["backend"] as? String == "cpu")
        let results = try #require(both["results"] as? [[String: Any]])
        #expect(results.count == 2)
        let keys: Set = [
            "learning_rate", "validation_loss", "validation_accuracy", "test_loss", "test_accuracy", "seconds",
            "diverged", "folds",
        ]
        for result in results { #expect(Set(result.keys) == keys) }
        // A loss that is not finite is null.
        #expect(results[1]["validation_loss"] is NSNull)
        let folds = try #require(results[0]["folds"] as? [[String: Any]])
        #expect(try folds.map { try number($0["fold"]) } == [0, 1, 2])
        let mean = try folds.reduce(0) { try $0 + number($1["validation_loss"]) } / 3
        #expect(try number(results[0]["validation_loss"]) == mean)
    }

    @Test func crossValidateWithMomentumEpochsAndReplicates() throws {
        func losses(_ flags: [String]) throws -> [Any] {
            let json = try succeed(
                ["cross-validate", "--learning-rate", "0.05", "--epochs", "2", "--folds", "2", "--batch-size", "16"]
                    + flags
                    + ["--json"] + data
            ).json()
            let results = try #require(json["results"] as? [[String: Any]])
            let folds = try #require(results[0]["folds"] as? [[String: Any]])
            if flags.contains("--epoch-losses") {
                for fold in folds {
                    let epochs = try #require(fold["epoch_losses"] as? [Double])
                    #expect(epochs.count == 2)
                    #expect(try epochs.last == number(fold["validation_loss"]))
                }
            } else {
                #expect(folds.allSatisfy { $0["epoch_losses"] is NSNull })
            }
            return folds.map { $0["validation_loss"] ?? NSNull() }
        }
        let plain = try losses([]) as? [Double]
        #expect(try losses(["--epoch-losses"]) as? [Double] == plain)
        #expect(try losses(["--momentum", "0", "--weight-decay", "0", "--replicate", "0"]) as? [Double] == plain)
        for flags in [["--momentum", "0.5"], ["--weight-decay", "0.1"], ["--replicate", "1"]] {
            #expect(try losses(flags) as? [Double] != plain, "\(flags)")
        }
    }

    @Test func trainAndEvaluate() throws {
        let weights = folder.path("weights.safetensors")
        let metrics = folder.path("metrics.jsonl")
        let logits = folder.path("logits.safetensors")
        let trained = try succeed(
            [
                "train", "--learning-rate", "0.1", "--epochs", "2", "--batch-size", "50", "--seed", "3", "--save",
                weights,
            ]
                + ["--metrics", metrics, "--json"] + data
        ).json()
        let lines = try String(contentsOfFile: metrics, encoding: .utf8).split(separator: "\n").map {
            try jsonDictionary($0)
        }
        // Two epochs of three steps, 50, 50 and 20 images, and the test score after each.
        #expect(lines.count == 8)
        #expect(try lines.filter { $0["step"] != nil }.map { try number($0["step"]) } == [0, 1, 2, 3, 4, 5])
        #expect(try lines.map { try number($0["epoch"]) } == [0, 0, 0, 0, 1, 1, 1, 1])
        for index in [3, 7] { #expect(Set(lines[index].keys) == ["epoch", "test_loss", "test_accuracy"]) }

        let evaluated = try succeed(["evaluate", "--model", weights, "--logits", logits, "--json"] + data).json()
        #expect(try number(evaluated["test_loss"]) == number(trained["test_loss"]))
        #expect(try number(evaluated["test_accuracy"]) == number(trained["test_accuracy"]))
        #expect(try number(lines[7]["test_loss"]) == number(trained["test_loss"]))
        #expect(FileManager.default.fileExists(atPath: logits))

        // Training continues from saved weights: the first loss is not that of initial ones.
        let more = folder.path("more.jsonl")
        _ = try succeed(
            ["train", "--learning-rate", "0.1", "--epochs", "1", "--initial-weights", weights, "--metrics", more] + data
        )
        let first = try #require(try String(contentsOfFile: more, encoding: .utf8).split(separator: "\n").first)
        #expect(try !first.contains("\(number(lines[0]["loss"]))"))
    }

    @Test func aTrainingThatDivergesKeepsItsMetrics() throws {
        let metrics = folder.path("metrics.jsonl")
        let result = try Program.run(
            ["train", "--learning-rate", "1e30", "--batch-size", "32", "--metrics", metrics] + data)
        #expect(result.exitCode != 0)
        #expect(result.complaints.count == 1)
        #expect(try String(contentsOfFile: metrics, encoding: .utf8).contains(#""loss": null"#))
    }

    @Test func suggest() throws {
        let observations = try folder.write(
            #"[{"learning_rate":0.01,"loss":0.31},{"learning_rate":0.4,"loss":0.33},{"learning_rate":0.88,"loss":0.55}]"#,
            to: "observations.json")
        let flags = ["suggest", "--observations", observations, "--json"]
        let json = try succeed(flags + ["--grid", "11"]).json()
        let grid = try #require(json["grid"] as? [[String: Any]])
        #expect(grid.count == 11)
        #expect(try number(grid[0]["learning_rate"]) == 0.001)
        #expect(try number(grid[10]["learning_rate"]) == 0.9)
        for point in grid { #expect(Set(point.keys) == ["learning_rate", "mean", "std", "acquisition"]) }
        let next = try #require(json["next"] as? [String: Any])
        #expect(try (0.001...0.9).contains(number(next["learning_rate"])))
        let best = try #require(json["best"] as? [String: Any])
        #expect(try number(best["learning_rate"]) == 0.01)
        #expect(try number(json["log_marginal_likelihood"]).isFinite)

        let fixed = try succeed(flags + ["--length-scale", "0.2", "--noise-level", "0.05"]).json()
        #expect(try number(fixed["length_scale"]) == 0.2)
        #expect(try number(fixed["noise_level"]) == 0.05)
    }

    /// A trained network of each kind: the weights carry it, so that evaluating needs no flag.
    @Test(arguments: [
        ["resnet8", "--width", "0.25"], ["resnet8", "--width", "0.25", "--shortcut", "projection"],
        ["resnet18", "--width", "0.03125"], ["resnet50", "--width", "0.03125"], ["FILE"],
    ])
    func networks(_ flags: [String]) throws {
        let file = try folder.write(Self.bottleneckFile, to: "mine.json")
        let network = ["--network", flags[0] == "FILE" ? file : flags[0]] + flags.dropFirst()
        let (weights, again) = (folder.path("weights.safetensors"), folder.path("again.safetensors"))
        let train =
            ["train", "--learning-rate", "0.01", "--epochs", "1", "--batch-size", "40", "--json"] + data
        let trained = try succeed(train + ["--save", weights] + network).json()
        let evaluate = ["evaluate", "--model", weights, "--json"] + data
        let evaluated = try succeed(evaluate).json()
        #expect(try number(evaluated["test_loss"]) == number(trained["test_loss"]))
        #expect(try number(succeed(evaluate + network).json()["test_loss"]) == number(trained["test_loss"]))
        let other = try Program.run(evaluate + ["--network", "seed"])
        #expect(other.complaints.first?.contains("and not of network seed") == true, "\(other.errors)")
        // Training goes on with the network of the weights.
        _ = try succeed(train + ["--initial-weights", weights, "--save", again])
        #expect(
            try succeed(["evaluate", "--model", again, "--json"] + network + data).json()["test_loss"] != nil)
    }

    private static let bottleneckFile = """
        {"name": "mine", "layers": [
          {"name": "conv1", "type": "convolution", "outputs": 8, "kernel": 3, "padding": 1, "bias": false},
          {"name": "bn1", "type": "batch_norm"}, {"type": "relu"}, {"type": "max_pool", "kernel": 2},
          {"name": "layer1.0", "type": "bottleneck", "channels": 4, "stride": 2, "shortcut": "projection"},
          {"type": "flatten"}, {"name": "fc", "type": "linear"}]}
        """

    /// A study records its network, and the layers of one from a file; resuming needs the same layers.
    @Test func theRecordHasTheNetwork() throws {
        let file = try folder.write(Self.bottleneckFile, to: "mine.json")
        let flags =
            ["optimize", "--epochs", "1", "--folds", "2", "--batch-size", "16", "--output", folder.path("out")]
            + ["--network", file, "--json"] + data
        let study = try succeed(flags + ["--evaluations", "1"]).json()
        let settings = try #require(study["settings"] as? [String: Any])
        #expect(settings["network"] as? String == "mine")
        #expect((settings["layers"] as? [Any])?.count == 8)
        #expect(try (succeed(flags + ["--evaluations", "2", "--resume"]).json()["evaluations"] as? [Any])?.count == 2)
        try folder.write(Self.bottleneckFile.replacing(#""padding": 1"#, with: #""padding": 2"#), to: "mine.json")
        let changed = try Program.run(flags + ["--evaluations", "3", "--resume"])
        #expect(changed.exitCode == 1)
        #expect(changed.complaints.first?.contains("has other layers in its network") == true, "\(changed.errors)")
    }

    /// A record of a version before there were other networks is one of the network `seed`.
    @Test func aRecordWithoutANetworkIsOfTheSeed() throws {
        let flags =
            [
                "optimize", "--epochs", "1", "--folds", "2", "--batch-size", "16", "--output", folder.path("out"),
                "--json",
            ]
            + data
        _ = try succeed(flags + ["--evaluations", "1"])
        let record = try String(contentsOfFile: folder.path("out/results.json"), encoding: .utf8)
        let old = record.split(separator: "\n").filter { !$0.contains("\"network\"") && !$0.contains("\"layers\"") }
        #expect(old.count == record.split(separator: "\n").count - 2)
        try folder.write(old.joined(separator: "\n"), to: "out/results.json")
        // Such a version had no journal either.
        try FileManager.default.removeItem(atPath: folder.path("out/study.log"))
        let other = try Program.run(flags + ["--evaluations", "2", "--resume", "--network", "resnet8"])
        #expect(other.complaints.first?.contains("has the network seed") == true, "\(other.errors)")
        #expect(try (succeed(flags + ["--evaluations", "2", "--resume"]).json()["evaluations"] as? [Any])?.count == 2)
    }

    /// The layers of a network, and a file of them that is the same network.
    @Test func network() throws {
        let flags = ["--width", "0.5", "--shortcut", "projection"]
        let json = try succeed(["network", "resnet20", "--image", "3x32x32", "--classes", "7", "--json"] + flags).json()
        #expect(json["network"] as? String == "resnet20-projection-width-0.5")
        let layers = try #require(json["layers"] as? [[String: Any]])
        #expect(try layers.reduce(0) { try $0 + number($1["parameters"]) } == number(json["parameters"]))
        #expect(try layers.reduce(0) { try $0 + number($1["flop"]) } == number(json["forward_flop"]))
        #expect(layers.last?["output"] as? [Int] == [7, 1, 1])
        let file = try folder.write(succeed(["network", "resnet20", "--layers"] + flags).output, to: "r.json")
        let read = try succeed(["network", file, "--image", "3x32x32", "--classes", "7", "--json"]).json()
        #expect(NSDictionary(dictionary: read) == NSDictionary(dictionary: json))
        let text = try succeed(["network"]).output
        #expect(text.contains("\n12122 parameters; FLOP for an image: 1347328 forward, 3427328 in training"))
    }

    @Test func benchmark() throws {
        let json = try succeed(
            ["benchmark", "--stack", "2", "--batch-size", "16", "--seconds", "0.2", "--json"] + data
        ).json()
        for key in [
            "train_images_per_second", "evaluate_images_per_second", "train_gflops", "evaluate_gflops", "peak_gflops",
            "train_peak_fraction", "evaluate_peak_fraction", "peak_memory_megabytes",
        ] {
            #expect(try number(json[key]) > 0, "\(key)")
        }
        #expect(try number(json["stack"]) == 2)
        #expect(try number(json["batch_size"]) == 16)
        let operations = try #require(json["operations"] as? [[String: Any]])
        #expect(try abs(operations.reduce(0) { try $0 + number($1["share"]) } - 1) < 1e-9)
    }
}
