import Foundation
import TestSupport
import Testing

/// `resnet-bo suggest` for any objective.
@Suite struct SuggestTests {
    static let space = """
        {"parameters":[{"name":"learning_rate","type":"real","lower":0.001,"upper":0.9,"scale":"log"},
        {"name":"depth","type":"integer","lower":1,"upper":8},{"name":"kindOf","type":"categorical","choices":["a","b"]}]}
        """

    let folder: TemporaryFolder
    let spaceFile: String

    init() throws {
        folder = try TemporaryFolder()
        spaceFile = try folder.write(Self.space, to: "space.json")
    }

    /// The answers of the program to some lines.
    func converse(_ lines: [String], seed: Int = 3) throws -> [[String: Any]] {
        let input = try folder.write(lines.joined(separator: "\n"), to: "input")
        let result = try Program.run(
            ["suggest", "--space", spaceFile, "--lines", "--seed", "\(seed)", "--json"], input: input)
        #expect(result.exitCode == 0, "\(result.errors)")
        return try result.output.split(separator: "\n").map { line in
            try jsonDictionary(line)
        }
    }

    func next(_ answer: [String: Any]) throws -> [[String: Any]] {
        try #require(answer["next"] as? [[String: Any]])
    }

    /// A line with the loss of a suggested point, exactly as printed.
    func tell(_ suggestion: [String: Any], loss: Double) throws -> String {
        let entry: [String: Any] = ["parameters": try #require(suggestion["parameters"]), "loss": loss]
        return try String(decoding: JSONSerialization.data(withJSONObject: ["tell": [entry]]), as: UTF8.self)
    }

    @Test func observationsFromAFile() throws {
        let observations = try folder.write(
            """
            [{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":0.3,"variance":0.0004},
            {"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":0.31,"variance":0.0004},
            {"parameters":{"learning_rate":0.5,"depth":3,"kindOf":"b"},"state":"failed"},
            {"parameters":{"learning_rate":0.01,"depth":8,"kindOf":"b"},"state":"pending"},
            {"parameters":{"learning_rate":0.02,"depth":2,"kindOf":"b"},"loss":0.4}]
            """, to: "observations.json")
        let flags = ["suggest", "--space", spaceFile, "--observations", observations, "--count", "3", "--seed", "3"]
        let result = try Program.run(flags + ["--json"])
        #expect(result.exitCode == 0, "\(result.errors)")
        let answer = try result.json()
        #expect(Set(answer.keys) == ["next", "best", "stop"])
        #expect(answer["stop"] as? Bool == false)
        #expect(try next(answer).count == 3)
        for suggestion in try next(answer) {
            #expect(Set(suggestion.keys) == ["parameters", "acquisition"])
            let point = try #require(suggestion["parameters"] as? [String: Any])
            #expect(Set(point.keys) == ["learning_rate", "depth", "kindOf"])
            #expect(try (0.001...0.9).contains(#require(point["learning_rate"] as? Double)))
            #expect(try (1...8).contains(#require(point["depth"] as? Int)))
            #expect(try ["a", "b"].contains(#require(point["kindOf"] as? String)))
        }
        let best = try #require(answer["best"] as? [String: Any])
        #expect(Set(best.keys) == ["parameters", "mean", "std"])
        #expect(try Program.run(flags + ["--json"]).output == result.output)
        #expect(try Program.run(flags).output.contains("Best: "))
    }

    @Test func aConversation() throws {
        let first = try converse([#"{"ask":2}"#])
        #expect(first.count == 1)
        #expect(first[0]["best"] is NSNull)
        let asked = try next(first[0])
        var lines = [#"{"ask":2}"#, try tell(asked[1], loss: 0.4), "", try tell(asked[0], loss: 0.5), #"{"ask":1}"#]
        let second = try converse(lines)
        #expect(second.count == 2)
        #expect(second[1]["best"] is [String: Any])

        // An interrupted search continues unchanged: told trials count, and requests do not.
        lines.removeFirst()
        let resumed = try converse(lines)
        #expect(resumed.count == 1)
        #expect(NSDictionary(dictionary: resumed[0]) == NSDictionary(dictionary: second[1]))
    }

    @Test(arguments: [
        ("nonsense", "not JSON"), ("{}", "must be"), (#"{"ask":0}"#, "0 points"),
        (#"{"ask":1000000}"#, "1000000 points"),
        (#"{"ask":"two"}"#, #"ask is "two", and must be a whole number"#), (#"{"asc":1}"#, #"did you mean "ask"?"#),
        (#"{"Tell":[]}"#, #"did you mean "tell"?"#), (#"{"quit":1}"#, #"known are "tell", "ask", "skip", "predict""#),
        (#"{"skip":1}"#, "must be"), (#"{"tell":[],"skip":1}"#, #""skip" belongs to "ask""#),
        (#"{"ask":1,"skip":-1}"#, "-1 points can't be left out"), (#"{"ask":1,"skip":1001}"#, "1001 points"),
        (#"{"ask":1,"predict":[]}"#, "must be"), (#"{"ask":NaN}"#, "ask is NaN"),
        (#"{"predict":[{"learning_rate":0.1,"depth":3}]}"#, "point 1: the parameter kindOf is missing"),
        (
            #"{"predict":[{"learning_rate":0.1,"depth":3,"kindOf":"a"},{"learning_rate":1.50,"depth":3,"kindOf":"a"}]}"#,
            "point 2: learning_rate is 1.50, and must be between 0.001 and 0.9"
        ),
        (
            #"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":NaN}]}"#,
            #"{"state": "failed"}"#
        ),
        (
            #"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":1e999}]}"#,
            #"observation 1: loss is 1e999, and must be a finite number; a trial without a finite loss"#
        ),
        (
            #"{"tell":[{"parameters":{"learning_rate":-Infinity,"depth":3,"kindOf":"a"},"loss":1}]}"#,
            "observation 1: parameters.learning_rate is -Infinity, and must be a finite number"
        ),
        (
            #"{"tell":[{"parameters":{"learning_rate":9e-1,"depth":3,"kindOf":"a"},"loss":1},{"parameters":{"learning_rate":9e-0,"depth":3,"kindOf":"a"},"loss":1}]}"#,
            "observation 2: parameters.learning_rate is 9e-0, and must be between 0.001 and 0.9"
        ),
        (#"{"tell":[{"parameters":{"rate":0.1,"depth":3,"kindOf":"a"},"loss":1}]}"#, "there is no parameter"),
        (#"{"tell":[{"parameters":{"learning-rate":0.1,"depth":3,"kindOf":"a"},"loss":1}]}"#, "did you mean"),
        (#"{"ask":1,"tell":[]}"#, "must be"),
        (#"{"tell":[{"parameters":{"learning_rate":2,"depth":3,"kindOf":"a"},"loss":1}]}"#, "learning_rate"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3.5,"kindOf":"a"},"loss":1}]}"#, "depth"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"c"},"loss":1}]}"#, "kindOf"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3},"loss":1}]}"#, "kindOf"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a","x":1},"loss":1}]}"#, "x"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"}}]}"#, "no loss"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":null}]}"#, "no loss"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":1,"variance":-1}]}"#, "variance"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":1,"varience":1}]}"#, "varience"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"state":"crashed"}]}"#, "state"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"state":"lost","loss":1}]}"#, "lost"),
        (
            #"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":1},{"parameters":{},"loss":1}]}"#,
            "missing"
        ),
    ])
    func aLineThatCantBeTaken(line: String, words: String) throws {
        let tell = #"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":0.3}]}"#
        let answers = try converse([tell, line, #"{"ask":1}"#])
        #expect(answers.count == 2)
        #expect(Set(answers[0].keys) == ["error"])
        #expect(try #require(answers[0]["error"] as? String).contains(words))
        let without = try converse([tell, #"{"ask":1}"#])
        #expect(NSDictionary(dictionary: answers[1]) == NSDictionary(dictionary: without[0]))
    }

    @Test(arguments: [
        (#"{"parameters":[]}"#, "no parameters"), (#"{}"#, "parameters"), ("[", "not JSON"),
        (#"{"parameters":[{"name":"x","type":"real","lower":0,"upper":1,"scale":"log"}]}"#, "above 0"),
        (#"{"parameters":[{"name":"x","type":"real","lower":2,"upper":1}]}"#, "x"),
        (#"{"parameters":[{"name":"x","type":"real","upper":1}]}"#, "lower"),
        (#"{"parameters":[{"name":"x","type":"integer","lower":0.5,"upper":1}]}"#, "whole"),
        (#"{"parameters":[{"name":"x","type":"categorical"}]}"#, "choices"),
        (#"{"parameters":[{"name":"x","type":"complex","lower":0,"upper":1}]}"#, "type"),
        (
            #"{"parameters":[{"name":"x","type":"real","lower":NaN,"upper":1}]}"#,
            "parameter 1: lower is NaN, and must be"
        ),
        (
            #"{"parameters":[{"name":"k","type":"categorical","choices":["a"]},{"name":"x","type":"real","lower":0,"upper":1e999}]}"#,
            "parameter 2: upper is 1e999, and must be a finite number"
        ),
        (
            #"{"parameters":[{"name":"x","type":"real","lower":0,"upper":1,"scal":"log"}]}"#,
            #"parameter 1: unknown member "scal"; did you mean "scale"?"#
        ),
        (#"{"parameters":[{"name":"x","type":"real","lower":0,"upper":1}],"constraints":[]}"#, "constraints"),
        (#"{"parameters":[{"name":"x","type":"real","lower":0,"upper":1,"scale":"cubic"}]}"#, "cubic"),
    ])
    func aSpaceThatIsNone(text: String, words: String) throws {
        let file = try folder.write(text, to: "bad.json")
        let result = try Program.run(["suggest", "--space", file, "--lines"])
        #expect(result.exitCode != 0)
        #expect(result.complaints.count == 1)
        #expect(result.complaints.first?.contains(words) == true, "\(result.errors)")
    }

    @Test(arguments: [
        ["suggest"], ["suggest", "--lines"], ["suggest", "--observations", "x", "--count", "2"],
        ["suggest", "--space", "x", "--lines", "--observations", "y"],
        ["suggest", "--space", "x", "--lines", "--count", "2"],
        ["suggest", "--space", "x", "--observations", "y", "--count", "0"],
        ["suggest", "--space", "/nowhere", "--lines"],
        ["suggest", "--space", "x", "--observations", "y", "--acquisition", "luck"],
        ["suggest", "--space", "x", "--observations", "y", "--stop", "later"],
        ["suggest", "--space", "x", "--observations", "y", "--outside", "clip"],
        ["suggest", "--space", "x", "--observations", "y", "--skip", "-1"],
        ["suggest", "--space", "-", "--observations", "-"], ["suggest", "--space", "-", "--lines"],
        ["suggest", "--space", "x", "--lines", "--skip", "2"], ["suggest", "--observations", "x", "--skip", "2"],
        ["suggest", "--observations", "x", "--stop", "never"],
        ["suggest", "--observations", "x", "--preset", "reference", "--outside", "refuse"],
    ])
    func flagsThatDontGoTogether(arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.exitCode != 0)
        #expect(result.complaints.count == 1, "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    /// The flags of learning rates say where to write what they mean.
    @Test(arguments: [
        (["--scale", "log"], #"--scale is about learning rates; with --space, write "scale": "log""#),
        (["--scale", "linear"], #""scale": "linear""#), (["--lower", "0.01"], #"write "lower": 0.01"#),
        (["--upper", "0.5"], #"write "upper": 0.5"#), (["--grid", "7"], #"{"predict": "#),
    ])
    func flagsOfLearningRates(flags: [String], words: String) throws {
        let observations = try folder.write("[]", to: "observations.json")
        for input in [["--observations", observations], ["--lines"]] {
            let result = try Program.run(["suggest", "--space", spaceFile] + input + flags)
            #expect(result.exitCode != 0)
            #expect(result.complaints.count == 1 && result.complaints[0].contains(words), "\(result.errors)")
        }
        let reference = try Program.run(
            ["suggest", "--space", spaceFile, "--observations", observations, "--preset", "reference"])
        #expect(reference.exitCode == 0, "\(reference.errors)")
    }

    static let observations = """
        [{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":0.3},
        {"parameters":{"learning_rate":0.02,"depth":2,"kindOf":"b"},"loss":0.4}]
        """

    /// Both files may be pipes, and one of them standard input.
    @Test(arguments: [
        "--space - --observations observations.json <space.json",
        "--space space.json --observations - <observations.json",
        "--space <(cat space.json) --observations <(cat observations.json)",
        "--space <(cat space.json) --observations - <observations.json",
        "--space space.json --observations /dev/stdin <observations.json",
        "--space pipe --observations observations.json",
    ])
    func pipes(arguments: String) throws {
        _ = try folder.write(Self.observations, to: "observations.json")
        let plain = try Program.run(
            ["suggest", "--space", spaceFile, "--observations", folder.path("observations.json"), "--json"])
        let result = try Program.run(
            script: """
                cd '\(folder.path)' || exit
                \(arguments.contains("pipe") ? "mkfifo pipe; cat space.json >pipe &" : "")
                $P suggest --json \(arguments)
                """)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == plain.output)
    }

    @Test func errorsOfStandardInput() throws {
        let input = try folder.write("[", to: "bad.json")
        let result = try Program.run(["suggest", "--space", spaceFile, "--observations", "-"], input: input)
        #expect(
            result.complaints == ["resnet-bo: standard input can't be used: it is not JSON at line 1, column 2"],
            "\(result.errors)")
    }

    @Test func skip() throws {
        let observations = try folder.write(Self.observations, to: "observations.json")
        let flags = ["suggest", "--space", spaceFile, "--observations", observations, "--seed", "3", "--json"]
        let all = try next(Program.run(flags + ["--count", "5"]).json())
        for (skip, count) in [(0, 5), (2, 3), (4, 1)] {
            let answer = try Program.run(flags + ["--count", "\(count)", "--skip", "\(skip)"]).json()
            #expect(try NSArray(array: next(answer)) == NSArray(array: Array(all[skip..<skip + count])))
        }
        let tell = "{\"tell\":\(Self.observations.filter { $0 != "\n" })}"
        let answers = try converse([tell, #"{"ask":1,"skip":2}"#, #"{"ask":1,"skip":2}"#, #"{"ask":1}"#])
        #expect(try NSArray(array: next(answers[0])) == NSArray(array: [all[2]]))
        // What was left out is not pending: the next requests have one pending point each more.
        let pending = try #require(try next(answers[0])[0]["parameters"])
        let entry = try JSONSerialization.data(
            withJSONObject: ["tell": [["parameters": pending, "state": "pending"]]], options: .sortedKeys)
        let other = try converse([tell, String(decoding: entry, as: UTF8.self), #"{"ask":1,"skip":2}"#])
        #expect(NSDictionary(dictionary: answers[1]) == NSDictionary(dictionary: other[0]))
    }

    @Test func lostPoints() throws {
        let tell = "{\"tell\":\(Self.observations.filter { $0 != "\n" })}"
        let first = try converse([tell, #"{"ask":2}"#])[0]
        let lost = try next(first).map { suggestion in
            let entry: [String: Any] = ["parameters": try #require(suggestion["parameters"]), "state": "lost"]
            return try String(decoding: JSONSerialization.data(withJSONObject: ["tell": [entry]]), as: UTF8.self)
        }
        let answers = try converse([tell, #"{"ask":2}"#] + lost + [#"{"ask":2}"#])
        #expect(answers.count == 2)
        #expect(NSDictionary(dictionary: answers[1]) == NSDictionary(dictionary: first))
    }

    @Test func predictions() throws {
        let points =
            #"{"predict":[{"learning_rate":0.1,"depth":3,"kindOf":"a"},{"learning_rate":0.5,"depth":8,"kindOf":"b"}]}"#
        let tell = "{\"tell\":\(Self.observations.filter { $0 != "\n" })}"
        let answers = try converse([points, tell, points, #"{"predict":[]}"#])
        #expect((answers[0]["error"] as? String)?.contains("no surrogate") == true)
        let predictions = try #require(answers[1]["predictions"] as? [[String: Double]])
        #expect(predictions.count == 2 && predictions.allSatisfy { Set($0.keys) == ["mean", "std"] })
        #expect(predictions.allSatisfy { ($0["std"] ?? 0) > 0 })
        #expect(abs((predictions[0]["mean"] ?? 9) - 0.3) < 0.05)
        #expect((answers[2]["predictions"] as? [Any])?.isEmpty == true)
    }

    /// A quadratic function of one parameter with known noise, evaluated until its minimum is known to that noise.
    static let exhausted: (space: String, observations: String) = (
        #"{"parameters":[{"name":"x","type":"real","lower":0,"upper":1}]}"#,
        "["
            + (0..<40).map { index in
                let x = Double(index % 20) / 19
                let loss = 10 * (x - 0.3) * (x - 0.3) + (index < 20 ? 0.01 : -0.01)
                return "{\"parameters\":{\"x\":\(x)},\"loss\":\(loss),\"variance\":0.01}"
            }.joined(separator: ",") + "]"
    )

    @Test func stopping() throws {
        let space = try folder.write(Self.exhausted.space, to: "x.json")
        let observations = try folder.write(Self.exhausted.observations, to: "xs.json")
        let flags = ["suggest", "--space", space, "--observations", observations]
        for automatic in [[], ["--stop", "auto"]] {
            let answer = try Program.run(flags + ["--json"] + automatic).json()
            #expect(answer["stop"] as? Bool == true)
            let reason = try #require(answer["stop_reason"] as? String)
            #expect(
                try Program.run(flags + automatic).output.contains("More evaluations are not worth it: \(reason)\n"))
        }
        let answer = try Program.run(flags + ["--json", "--stop", "never"]).json()
        #expect(answer["stop"] as? Bool == false && answer["stop_reason"] == nil)
        #expect(try !Program.run(flags + ["--stop", "never"]).output.contains("not worth"))
        let tell = try folder.write("{\"tell\":\(Self.exhausted.observations)}\n{\"ask\":1}\n", to: "lines")
        let never = try Program.run(["suggest", "--space", space, "--lines", "--stop", "never"], input: tell)
        #expect(try never.json()["stop"] as? Bool == false)
    }

    @Test func outside() throws {
        let space = try folder.write(Self.exhausted.space, to: "x.json")
        let observations = try folder.write(
            #"[{"parameters":{"x":0.5},"loss":1},{"parameters":{"x":1.20},"loss":0.5}]"#, to: "xs.json")
        let flags = ["suggest", "--space", space, "--observations", observations, "--json"]
        for refusing in [[], ["--outside", "refuse"]] {
            let refused = try Program.run(flags + refusing)
            #expect(refused.exitCode != 0)
            #expect(
                refused.complaints.first?.hasSuffix("observation 2: parameters.x is 1.20, and must be between 0 and 1")
                    == true)
        }
        for preset in [[], ["--preset", "reference"]] {
            let answer = try Program.run(flags + ["--outside", "accept", "--count", "4"] + preset).json()
            for suggestion in try next(answer) {
                let x = try #require((suggestion["parameters"] as? [String: Double])?["x"])
                #expect((0...1).contains(x))
            }
        }
    }

    @Test func learningRatesThatFailed() throws {
        let observations = try folder.write(
            #"[{"learning_rate":0.01,"loss":0.31},{"learning_rate":0.4,"loss":0.33,"variance":0.001},{"learning_rate":0.88,"state":"failed"}]"#,
            to: "observations.json")
        let json = try Program.run(["suggest", "--observations", observations, "--grid", "5", "--json"]).json()
        #expect((json["best"] as? [String: Double])?["learning_rate"] == 0.01)
    }

    @Test(arguments: [["robust"], ["reference"], ["robust", "--acquisition", "lcb"]])
    func learningRates(preset: [String]) throws {
        let observations = try folder.write(
            #"[{"learning_rate":0.01,"loss":0.31},{"learning_rate":0.4,"loss":0.33},{"learning_rate":0.88,"loss":0.55}]"#,
            to: "observations.json")
        let result = try Program.run(
            ["suggest", "--observations", observations, "--grid", "5", "--json", "--preset"] + preset)
        let json = try result.json()
        #expect(
            Set(json.keys) == ["length_scale", "noise_level", "log_marginal_likelihood", "grid", "next", "best"])
        let deviations = try #require(json["grid"] as? [[String: Any]]).map { try #require($0["std"] as? Double) }
        #expect(deviations.allSatisfy { $0 > 0 })
    }
}
