import BayesianOptimization
import Foundation
import Platform
import Testing

@Suite("In JSON")
struct CodableTests {
    static func read<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }

    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try String(decoding: encoder.encode(value), as: UTF8.self)
    }

    static let values: [(String, ParameterValue)] = [
        ("1", .integer(1)), ("1.0", .integer(1)), ("-3e2", .integer(-300)), ("0.5", .real(0.5)),
        ("1e300", .real(1e300)),
        ("-4503599627370496", .integer(-1 << 52)), ("9007199254740993", .integer((1 << 53) + 1)),
        ("-9223372036854775808", .integer(.min)), ("\"a\"", .choice("a")), ("\"1\"", .choice("1")),
    ]

    @Test("A value is a number or a string", arguments: values)
    func value(text: String, value: ParameterValue) throws {
        #expect(try Self.read("[\(text)]") == [value])
        #expect(try Self.read(Self.text([value])) == [value])
    }

    @Test("Other JSON is not a value", arguments: ["null", "true", "[]", "{}"])
    func noValue(text: String) {
        #expect(throws: DecodingError.self) { try Self.read("[\(text)]") as [ParameterValue] }
    }

    @Test("A space survives a round trip, in the documented form")
    func space() throws {
        let space: ParameterSpace = try Self.read(
            """
            {"parameters":[{"name":"rate","type":"real","lower":0.001,"upper":1,"scale":"log"},
            {"name":"x","type":"real","lower":-1,"upper":1.5},{"name":"depth","type":"integer","lower":1,"upper":8},
            {"name":"size","type":"ordinal","values":[16,32,64.5]},{"name":"kindOf","type":"categorical","choices":["a","b"]}]}
            """)
        let expected = try ParameterSpace([
            Parameter("rate", .real(lower: 0.001, upper: 1, scale: .log)),
            Parameter("x", .real(lower: -1, upper: 1.5, scale: .linear)),
            Parameter("depth", .integer(lower: 1, upper: 8, scale: .linear)),
            Parameter("size", .ordinal(values: [16, 32, 64.5])),
            Parameter("kindOf", .categorical(choices: ["a", "b"])),
        ])
        #expect(space == expected)
        #expect(try Self.read(Self.text(space)) == space)
        #expect(
            try Self.text(space["depth"])
                == #"{"lower":1,"name":"depth","scale":"linear","type":"integer","upper":8}"#)
        #expect(try Self.text(space["size"]) == #"{"name":"size","type":"ordinal","values":[16,32,64.5]}"#)
        #expect(space["other"] == nil)
    }

    static let impossibleSpaces: [(String, String)] = [
        (#"{"parameters":[]}"#, "no parameters"), (#"{}"#, "parameters"),
        (#"{"parameters":[{"name":"","type":"real","lower":0,"upper":1}]}"#, "name is empty"),
        (#"{"parameters":[{"name":"x","type":"real","lower":0,"upper":1,"scale":"log"}]}"#, "above 0"),
        (#"{"parameters":[{"name":"x","type":"real","lower":2,"upper":1}]}"#, "x"),
        (#"{"parameters":[{"name":"x","type":"real","upper":1}]}"#, "lower"),
        (#"{"parameters":[{"name":"x","type":"real","lower":"a","upper":1}]}"#, "lower"),
        (#"{"parameters":[{"name":"x","type":"integer","lower":0.5,"upper":1}]}"#, "whole"),
        (#"{"parameters":[{"name":"x","type":"integer","lower":1,"upper":1e30}]}"#, "whole"),
        (#"{"parameters":[{"name":"x","type":"categorical"}]}"#, "choices"),
        (#"{"parameters":[{"name":"x","type":"ordinal"}]}"#, "values"),
        (#"{"parameters":[{"name":"x","type":"ordinal","values":[2,1]}]}"#, "increasing"),
        (#"{"parameters":[{"name":"x","type":"ordinal","values":[1,2],"scale":"log"}]}"#, "no scale"),
        (#"{"parameters":[{"name":"x","type":"categorical","choices":["a"],"lower":1}]}"#, "no bounds"),
        (#"{"parameters":[{"name":"x","type":"real","lower":0,"upper":1,"choices":["a"]}]}"#, "choices"),
        (#"{"parameters":[{"name":"x","type":"real","lower":0,"upper":1,"values":[1]}]}"#, "values"),
        (#"{"parameters":[{"name":"x","type":"complex","lower":0,"upper":1}]}"#, "type"),
        (#"{"parameters":[{"name":"x","type":"real","lower":0,"upper":1,"scale":"cubic"}]}"#, "cubic"),
        (#"{"parameters":[{"name":"x","type":"real","lower":1,"upper":2}],"constraints":[]}"#, "constraints"),
        (#"{"parameters":[],"constraints":[]}"#, #"unknown member "constraints"; only "parameters" is known"#),
        (#"{"params":[]}"#, #"did you mean "parameters"?"#),
        (#"{"parameters":[{"name":"x","type":"real","lower":1,"upper":2,"log":true,"scale":"linear"}]}"#, "contradict"),
        (#"{"parameters":[{"name":"x","type":"real","lower":1,"upper":2,"log":false,"scale":"log"}]}"#, "contradict"),
        (#"{"parameters":[{"name":"x","type":"real","lower":1,"upper":2,"log":true,"step":0.1}]}"#, "has no step"),
        (#"{"parameters":[{"name":"x","type":"real","lower":1,"upper":2,"scale":"log","step":1}]}"#, "has no step"),
        (#"{"parameters":[{"name":"x","type":"integer","lower":1,"upper":9,"log":true,"step":2}]}"#, "has no step"),
        (#"{"parameters":[{"name":"x","type":"integer","lower":1,"upper":9,"step":0.5}]}"#, "whole number"),
        (#"{"parameters":[{"name":"x","type":"integer","lower":1,"upper":9,"step":0}]}"#, "above 0"),
        (#"{"parameters":[{"name":"x","type":"real","lower":1,"upper":9,"step":-1}]}"#, "above 0"),
        (#"{"parameters":[{"name":"x","type":"real","lower":1,"upper":9,"step":"a"}]}"#, "number"),
        (#"{"parameters":[{"name":"x","type":"ordinal","values":[1,2],"step":1}]}"#, "no step"),
        (#"{"parameters":[{"name":"x","type":"categorical","choices":["a"],"log":true}]}"#, "no log"),
        (#"{"parameters":[{"name":"x","type":"integer","lower":0,"upper":9007199254740993}]}"#, "2^53"),
    ]

    static let misspelt: [(String, String)] = [
        (#""log_scale":true"#, "log"), (#""logarithmic":true"#, "log"), (#""scal":"log""#, "scale"),
        (#""Scale":"log""#, "scale"), (#""SCALE":"log""#, "scale"), (#""q":0.1"#, "step"), (#""Step":0.1"#, "step"),
        (#""stpe":0.1"#, "step"), (#""high":3"#, "upper"), (#""max":3"#, "upper"), (#""uper":3"#, "upper"),
        (#""low":0"#, "lower"), (#""min":0"#, "lower"), (#""value":[1]"#, "values"), (#""choice":["a"]"#, "choices"),
        (#""categories":["a"]"#, "choices"), (#""Name":"y""#, "name"), (#""types":"real""#, "type"),
    ]

    @Test("A misspelt member of a parameter is refused with the nearest word", arguments: misspelt)
    func misspeltMember(member: String, word: String) throws {
        let error = #expect(throws: OptimizerError.self) {
            try Self.read(#"{"parameters":[{"name":"x","type":"real","lower":1,"upper":2,\#(member)}]}"#)
                as ParameterSpace
        }
        #expect(try #require(error).description.hasSuffix(#"did you mean "\#(word)"?"#))
    }

    @Test(
        "Types and scales of other programs are refused with the nearest word",
        arguments: [
            ("float", "linear", "real"), ("Real", "linear", "real"), ("int", "linear", "integer"),
            ("INTEGER", "linear", "integer"), ("categoric", "linear", "categorical"), ("real", "Log", "log"),
            ("real", "logarithmic", "log"), ("real", "lin", "linear"), ("integer", "loguniform", "log"),
        ])
    func misspeltWord(type: String, scale: String, word: String) throws {
        let error = #expect(throws: OptimizerError.self) {
            try Self.read(#"{"name":"x","type":"\#(type)","lower":1,"upper":2,"scale":"\#(scale)"}"#) as Parameter
        }
        #expect(try #require(error).description.hasSuffix(#"did you mean "\#(word)"?"#))
    }

    @Test("Words that are far from all others are not guessed at")
    func noGuess() {
        let words = KnownWords(["lower", "upper", "step"])
        #expect(words.nearest(to: "colour") == nil)
        #expect(words.nearest(to: "") == nil)
        #expect(words.nearest(to: String(repeating: "x", count: 100_000)) == nil)
        #expect(words.advice(for: "q") == #"known are "lower", "upper", "step""#)
        #expect(KnownWords(["learning_rate"]).nearest(to: "Learning-Rate") == "learning_rate")
    }

    static let spellings: [(String, Parameter.Domain)] = [
        (#""type":"real","lower":1,"upper":2,"log":true"#, .real(lower: 1, upper: 2, scale: .log)),
        (#""type":"real","lower":1,"upper":2,"log":false"#, .real(lower: 1, upper: 2, scale: .linear)),
        (#""type":"real","lower":1,"upper":2,"log":true,"scale":"log""#, .real(lower: 1, upper: 2, scale: .log)),
        (#""type":"real","lower":1,"upper":2,"log":null"#, .real(lower: 1, upper: 2, scale: .linear)),
        (#""type":"integer","lower":1,"upper":2,"log":true"#, .integer(lower: 1, upper: 2, scale: .log)),
        (#""type":"real","lower":0.8,"upper":1,"step":0.1"#, .steppedReal(lower: 0.8, upper: 1, step: 0.1)),
        (#""type":"real","lower":0,"upper":9,"step":3,"scale":"linear""#, .steppedReal(lower: 0, upper: 9, step: 3)),
        (#""type":"integer","lower":0,"upper":9,"step":3"#, .steppedInteger(lower: 0, upper: 9, step: 3)),
        (#""type":"integer","lower":1,"upper":9,"step":1,"log":true"#, .integer(lower: 1, upper: 9, scale: .log)),
        (#""type":"real","lower":1.5,"upper":1.5,"log":true"#, .real(lower: 1.5, upper: 1.5, scale: .log)),
        (
            #""type":"integer","lower":-9007199254740992,"upper":9007199254740992"#,
            .integer(lower: -1 << 53, upper: 1 << 53, scale: .linear)
        ),
    ]

    @Test("Other spellings of a parameter, which survive a round trip", arguments: spellings)
    func spelling(members: String, domain: Parameter.Domain) throws {
        let parameter: Parameter = try Self.read(#"{"name":"x",\#(members)}"#)
        #expect(try parameter == Parameter("x", domain))
        #expect(try Self.read(Self.text(parameter)) == parameter)
    }

    @Test("Invalid spaces are refused with the reason", arguments: impossibleSpaces)
    func impossibleSpace(text: String, words: String) throws {
        let error = #expect(throws: (any Error).self) { try Self.read(text) as ParameterSpace }
        #expect("\(try #require(error))".contains(words))
    }

    static let trials: [(String, Trial)] = [
        (#"{"loss":0.5,"parameters":{"x":1}}"#, Trial(["x": .integer(1)], .complete(loss: 0.5, variance: nil))),
        (
            #"{"loss":2,"parameters":{"kind_of":"a","x":0.1},"variance":0.25}"#,
            Trial(["x": .real(0.1), "kind_of": .choice("a")], .complete(loss: 2, variance: 0.25))
        ),
        (#"{"parameters":{"x":0.1},"state":"failed"}"#, Trial(["x": .real(0.1)], .failed)),
        (#"{"parameters":{"x":0.1},"state":"pending"}"#, Trial(["x": .real(0.1)], .pending)),
        (#"{"parameters":{"x":0.1},"state":"lost"}"#, Trial(["x": .real(0.1)], .lost)),
    ]

    @Test("A trial", arguments: trials)
    func trial(text: String, trial: Trial) throws {
        #expect(try Self.read(text) == trial)
        #expect(try Self.text(trial) == text)
    }

    static let impossibleTrials: [(String, String)] = [
        (#"{"parameters":{"x":0.1}}"#, "no loss"), (#"{"parameters":{"x":0.1},"loss":null}"#, "no loss"),
        (#"{"parameters":{"x":0.1},"state":"complete"}"#, "no loss"),
        (#"{"parameters":{"x":0.1},"state":"failed","loss":1}"#, "failed and has a loss"),
        (#"{"parameters":{"x":0.1},"state":"pending","variance":1}"#, "pending"),
        (#"{"parameters":{"x":0.1},"state":"lost","loss":1}"#, "lost and has a loss"),
        (#"{"parameters":{"x":0.1},"state":"crashed"}"#, "state"), (#"{"loss":1}"#, "parameters"),
        (#"{"parameters":{"x":0.1},"Loss":1}"#, #"unknown member "Loss"; did you mean "loss"?"#),
        (#"{"parameters":{"x":0.1},"value":1}"#, #"did you mean "loss"?"#),
        (#"{"params":{"x":0.1},"loss":1}"#, #"did you mean "parameters"?"#),
        (#"{"parameters":{"x":0.1},"loss":1,"q":1}"#, #"known are "parameters", "loss", "variance", "state""#),
        (#"{"parameters":{"x":0.1},"loss":1,"varience":1}"#, "varience"),
    ]

    @Test("Invalid trials are refused with the reason", arguments: impossibleTrials)
    func impossibleTrial(text: String, words: String) throws {
        let error = #expect(throws: (any Error).self) { try Self.read(text) as Trial }
        #expect("\(try #require(error))".contains(words))
    }

    @Test("Configurations, suggestions, recommendations and stop reasons survive a round trip")
    func others() throws {
        var configuration = Configuration.reference
        configuration.initialPoint = ["x": .real(0.5)]
        configuration.fixedLengthScale = 2
        for configuration in [.robust, .reference, configuration] {
            #expect(try Self.read(Self.text(configuration)) == configuration)
        }
        #expect(Configuration.robust != .reference)
        var optimizer = try BayesianOptimizer(space: GoldenCase.space, seed: 0)
        let suggestion = try optimizer.ask()[0]
        #expect(try Self.read(Self.text(suggestion)) == suggestion)
        try optimizer.tell([Trial(suggestion.parameters, .complete(loss: 1, variance: nil))])
        let recommendation = try #require(try optimizer.recommendation())
        #expect(try Self.read(Self.text(recommendation)) == recommendation)
        #expect(try Self.text(recommendation).contains("\"std\":"))
        let reason = StopReason.belowNoise(improvement: 0.5, threshold: 0.75)
        #expect(try Self.read(Self.text(reason)) == reason)
        #expect(try Self.text(Preset.allCases) == #"["reference","robust"]"#)
    }
}
