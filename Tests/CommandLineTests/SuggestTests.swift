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
        (#"{"ask":"two"}"#, "whole number"), (#"{"asc":1}"#, "asc"), (#"{"ask":1,"tell":[]}"#, "must be"),
        (#"{"tell":[{"parameters":{"learning_rate":2,"depth":3,"kindOf":"a"},"loss":1}]}"#, "learning_rate"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3.5,"kindOf":"a"},"loss":1}]}"#, "depth"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"c"},"loss":1}]}"#, "kindOf"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3},"loss":1}]}"#, "kindOf"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a","x":1},"loss":1}]}"#, "x"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"}}]}"#, "no loss"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":null}]}"#, "no loss"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":1,"variance":-1}]}"#, "variance"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"loss":1,"varience":1}]}"#, "varience"),
        (#"{"tell":[{"parameters":{"learning_rate":0.1,"depth":3,"kindOf":"a"},"state":"lost"}]}"#, "state"),
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
    ])
    func flagsThatDontGoTogether(arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.exitCode != 0)
        #expect(result.complaints.count == 1, "\(result.errors)")
        #expect(result.output.isEmpty)
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
