import Foundation
import TestSupport
import Testing

/// Commands that read and write journals.
@Suite(.timeLimit(.minutes(5))) struct JournalCommandTests {
    private let folder: TemporaryFolder
    private let flags: [String]

    init() throws {
        folder = try .withSyntheticData()
        flags = shortStudy(of: folder)
    }

    private func succeed(_ arguments: [String]) throws -> Command.Result {
        let result = try Program.run(arguments)
        #expect(result.exitCode == 0, "\(arguments): \(result.errors)")
        return result
    }

    private func evaluations(_ results: [String: Any]) throws -> [NSDictionary] {
        try #require(results["evaluations"] as? [NSDictionary])
    }

    @Test("The results of a report are those that the study has written", arguments: [1, 2])
    func report(parallel: Int) throws {
        let output = folder.path("out")
        let search = ["--search", "momentum=0.0..0.9", "--search", "batch-size=16,32", "--parallel", "\(parallel)"]
        let study = try succeed(flags + ["--evaluations", "5", "--output", output] + search).json()
        let report = try succeed([
            "report", "--study", "\(output)/study.log", "--json", "--plots", folder.path("plots"),
        ])
        #expect(try NSDictionary(dictionary: report.json()) == NSDictionary(dictionary: study))
        let plot = try String(contentsOfFile: folder.path("plots/optimization_plots.svg"), encoding: .utf8)
        #expect(try plot == String(contentsOfFile: "\(output)/optimization_plots.svg", encoding: .utf8))
        let text = try succeed(["report", "--study", "\(output)/study.log"]).output
        #expect(text.contains("Optimal momentum ") && text.contains("\nOptimal learning rate "))
    }

    @Test("What can't be written is refused before the first trial", arguments: ["report.html", "events"])
    func unusableOutputs(name: String) throws {
        let output = folder.path("out")
        // A folder in place of the report, and a file in place of the folder of event files.
        if name == "events" {
            try folder.write("", to: name)
        } else {
            try FileManager.default.createDirectory(atPath: "\(output)/\(name)", withIntermediateDirectories: true)
        }
        let run = try Program.run(
            flags + ["--evaluations", "1", "--output", output, "--tensorboard", folder.path("events")])
        #expect(run.exitCode == 1)
        #expect(run.complaints.count == 1 && run.complaints[0].contains(name), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(output)/results.json"))
    }

    @Test(
        "A study leaves a report with its final model, and every trial has a curve", arguments: ["robust", "reference"])
    func page(preset: String) throws {
        let output = folder.path("out")
        let results = try succeed(
            flags + ["--evaluations", "2", "--output", output, "--preset", preset, "--retrain"]
        ).json()
        for evaluation in try evaluations(results) {
            let folds = try #require(evaluation["folds"] as? [[String: Any]])
            #expect(folds.allSatisfy { ($0["epoch_losses"] as? [Any])?.count == evaluation["epochs"] as? Int })
        }
        let page = try String(contentsOfFile: "\(output)/report.html", encoding: .utf8)
        #expect(page.contains("2 learning curves, one for each trial") && page.contains("Confusion matrix"))
        let other = folder.path("other.html")
        _ = try succeed(["report", "--study", "\(output)/study.log", "--output", other])
        #expect(try String(contentsOfFile: other, encoding: .utf8) == page)
    }

    @Test("A folder that holds only results.json is imported, and goes on as if it had a journal")
    func importing() throws {
        let whole = try succeed(flags + ["--evaluations", "4", "--output", folder.path("whole")]).json()
        let output = folder.path("out")
        _ = try succeed(flags + ["--evaluations", "2", "--output", output])
        try FileManager.default.removeItem(atPath: "\(output)/study.log")
        let resumed = try succeed(flags + ["--evaluations", "4", "--output", output, "--resume"])
        #expect(resumed.errors.contains("\(output)/results.json has no journal yet"))
        #expect(try evaluations(resumed.json()) == evaluations(whole))
        let report = try succeed(["report", "--study", "\(output)/study.log", "--json"]).json()
        #expect(try evaluations(report) == evaluations(whole))
    }

    @Test("--study names another file, which a study without --resume keeps")
    func studyFile() throws {
        let (output, journal) = (folder.path("out"), folder.path("journal"))
        let run = flags + ["--output", output, "--study", journal]
        _ = try succeed(run + ["--evaluations", "1"])
        #expect(try evaluations(succeed(run + ["--evaluations", "2", "--resume"]).json()).count == 2)
        let old = try Data(contentsOf: URL(filePath: journal))
        let again = try succeed(run + ["--evaluations", "1"])
        #expect(again.errors.contains("kept as \(output)/results.1.json and \(journal).1"))
        #expect(try Data(contentsOf: URL(filePath: "\(journal).1")) == old)
        #expect(try !FileManager.default.contentsOfDirectory(atPath: output).contains("study.log"))
    }

    @Test("A time limit ends a study in good order, and it can be resumed")
    func timeLimit() throws {
        let run = flags + ["--output", folder.path("out"), "--evaluations", "10000"]
        let results = try succeed(run + ["--time-limit", "1s"]).json()
        let count = try evaluations(results).count
        #expect((1..<10000).contains(count))
        #expect(results["stop_reason"] as? String == "the time limit leaves no time for another one")
        #expect(results["recommended"] is [String: Any])
        let more = try succeed(
            flags + ["--output", folder.path("out"), "--evaluations", "\(count + 1)", "--resume"]
        ).json()
        #expect(try evaluations(more).count == count + 1)
        #expect(more["stop_reason"] is NSNull)
    }

    @Test("A warm start has learned the trials of another study")
    func warmStart() throws {
        _ = try succeed(flags + ["--evaluations", "4", "--output", folder.path("first")])
        func start(_ file: String) throws -> [NSDictionary] {
            let run = try succeed(
                flags + ["--evaluations", "2", "--output", folder.path("second"), "--warm-start", folder.path(file)])
            #expect(run.errors.contains("Learned 4 of 4 trials of"), "\(run.errors)")
            return try evaluations(run.json())
        }
        let warm = try start("first/study.log")
        #expect(try start("first/results.json") == warm)
        let cold = try evaluations(
            succeed(flags + ["--evaluations", "2", "--output", folder.path("third")]).json())
        // Without it the first trial is the initial point.
        #expect(cold[0]["learning_rate"] as? Double == 0.01)
        #expect(warm[0]["learning_rate"] as? Double != 0.01)
        let other = try Program.run(
            flags + ["--lower", "0.8", "--initial", "0.85", "--warm-start", folder.path("first/study.log")]
                + ["--output", folder.path("fourth")])
        #expect(other.exitCode == 1)
        #expect(other.complaints.count == 1)
    }

    @Test(
        "Bad values are refused in one line",
        arguments: [
            (["optimize", "--time-limit", "2x"], "such as 2h or 1h30m"),
            (["optimize", "--time-limit", "2"], "such as 2h or 1h30m"),
            (["report", "--study", "/none"], "can't be read"),
            (["report", "--study", "/dev/null"], "it has no study"),
            (["report"], "--study"),
            (["report", "--study", "/dev/null", "--output", "/no/such/folder/report.html"], "can't be written"),
            (["report", "--study", "/dev/null", "--tensorboard", "/dev/null/events"], "can't be created"),
            (["report", "--study", "/dev/null", "--output", ""], "it must not be empty"),
        ])
    func badInput(arguments: [String], words: String) throws {
        let run = try Program.run(arguments)
        #expect(run.exitCode != 0)
        #expect(run.complaints.count == 1)
        #expect(run.complaints.first?.contains(words) == true, "\(run.errors)")
    }
}
