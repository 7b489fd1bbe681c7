import FoundationEssentials
import JSON
import Testing

/// Something with members of every kind.
private struct Sample: Encodable {
    struct Nested: Encodable {
        var testLoss = 0.5
        var accuracies: [Float] = [0.1, 1, .nan]
    }

    var zebra = true
    var learningRate = 0.1
    var apple: Int? = nil
    var limit: Int? = 3
    var note: String? = nil
    var nested = Nested()
    var absent: Nested? = nil
    var empty: [Int] = []
    var dictionary = ["b_B": 2, "a": 1]
    var infinite = -Double.infinity
    var largest = UInt64.max
    var smallest = Int8.min
}

/// Writes through containers by hand, as a type with an `encode(to:)` of its own may.
private struct ByHand: Encodable {
    private enum Keys: CodingKey { case list, object }
    private enum Inner: CodingKey { case innerKey }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        var list = container.nestedUnkeyedContainer(forKey: .list)
        try list.encode(1)
        try list.encodeNil()
        var listed = list.nestedContainer(keyedBy: Inner.self)
        try listed.encode("x", forKey: .innerKey)
        var object = container.nestedContainer(keyedBy: Inner.self, forKey: .object)
        try object.encodeNil(forKey: .innerKey)
        #expect(list.count == 3)
    }
}

struct JSONTests {
    @Test("Members in the order of declaration, names in snake case, absent and infinite values null")
    func members() throws {
        #expect(
            try JSON.encode(Sample(), layout: .line) == """
                {"zebra": true, "learning_rate": 0.1, "apple": null, "limit": 3, "note": null, \
                "nested": {"test_loss": 0.5, "accuracies": [0.1, 1.0, null]}, "absent": null, "empty": [], \
                "dictionary": {"a": 1, "b_B": 2}, "infinite": null, "largest": 18446744073709551615, "smallest": -128}
                """)
    }

    @Test("Containers filled by hand")
    func byHand() throws {
        #expect(
            try JSON.encode(ByHand(), layout: .line)
                == #"{"list": [1, null, {"inner_key": "x"}], "object": {"inner_key": null}}"#)
    }

    @Test("Single values, and optional ones inside of lists")
    func singleValues() throws {
        #expect(try JSON.encode(Double.nan) == "null")
        #expect(try JSON.encode([1, nil, 3] as [Int?], layout: .line) == "[1, null, 3]")
        #expect(try JSON.encode([String: Int](), layout: .line) == "{}")
    }

    @Test("What must not stand in a string is escaped")
    func escapes() throws {
        let text = "a\"b\\c\nd\re\tf\u{1}g/é🧦\u{7f}"
        let json = try JSON.encode([text], layout: .line)
        #expect(json == #"["a\"b\\c\nd\re\tf\u0001g/é🧦"# + "\u{7f}\"]")
        #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
    }

    @Test("A pretty text breaks lines only where it must")
    func pretty() throws {
        struct Text: Encodable {
            var short = [1, 2]
            var long = [String(repeating: "x", count: 100), String(repeating: "y", count: 100)]
            var empty: [Int] = []
        }
        #expect(
            try JSON.encode(Text()) == """
                {
                  "short": [1, 2],
                  "long": [
                    "\(String(repeating: "x", count: 100))",
                    "\(String(repeating: "y", count: 100))"
                  ],
                  "empty": []
                }
                """)
    }

    @Test("Numbers read back exactly")
    func exactNumbers() throws {
        var random = SystemRandomNumberGenerator()
        let extremes = [
            0.0, -0.0, 0.1, 1.0 / 3, 0.1328678827243221, 1e-5, 1e16, 123_456_789_012_345_680,
            Double.leastNonzeroMagnitude,
            Double.leastNormalMagnitude, Double.greatestFiniteMagnitude,
        ]
        let patterns = (0..<2000).map { _ in Double(bitPattern: random.next()) }.filter(\.isFinite)
        let numbers = extremes + patterns
        let json = try JSON.encode(numbers)
        let read = try JSONDecoder().decode([Double].self, from: Data(json.utf8))
        #expect(read.map(\.bitPattern) == numbers.map(\.bitPattern))
    }
}

struct JSONReadingTests {
    private struct Item: Decodable, Equatable {
        private enum CodingKeys: String, CodingKey {
            case learningRate = "learning_rate"
            case loss
        }

        var learningRate: Double
        var loss: Double
    }

    /// A text that is no list of items, and what must be said about it.
    struct Misfit: CustomTestStringConvertible {
        let text: String
        let problem: String
        var testDescription: String { text.count < 80 ? text : "\(text.prefix(20))... (\(text.count) characters)" }
    }

    @Test("Numbers are exact, and names are taken as they are spelled")
    func spelling() throws {
        let text = #"[{"loss": 2, "learning_rate": 0.30000000000000004, "learningRate": 7}]"#
        #expect(try JSON.decode([Item].self, from: Array(text.utf8)) == [Item(learningRate: 0.1 + 0.2, loss: 2)])
    }

    @Test(
        "What does not fit is said in one line, with the names of the file",
        arguments: [
            Misfit(text: "", problem: "it is not JSON"),
            Misfit(text: "[{", problem: "it is not JSON"),
            Misfit(text: "[] x", problem: "it is not JSON"),
            Misfit(text: String(repeating: "[", count: 1_000_000), problem: "it is not JSON"),
            Misfit(text: "{}", problem: "there is no list"),
            Misfit(text: "[3]", problem: "there is no object at [0]"),
            Misfit(text: #"[{"learning-rate": 1, "loss": 1}]"#, problem: "nothing is there at [0].learning_rate"),
            Misfit(text: #"[{"learning_rate": 1}]"#, problem: "nothing is there at [0].loss"),
            Misfit(
                text: #"[{"learning_rate": 1, "loss": "x"}]"#, problem: "there is no number at [0].loss"),
            Misfit(
                text: #"[{"learning_rate": 1, "loss": null}]"#, problem: "there is null and no number at [0].loss"),
            Misfit(text: #"[{"learning_rate": 1, "loss": 1e999}]"#, problem: "the value is impossible at [0].loss"),
            Misfit(
                text: #"[{"learning_rate": 1, "loss": 1, "l\u006fss": 1}]"#,
                problem: #""loss" is there twice in one object"#),
        ])
    func misfit(_ misfit: Misfit) {
        #expect(throws: JSONError(problem: misfit.problem)) {
            try JSON.decode([Item].self, from: Array(misfit.text.utf8))
        }
    }

    @Test("A name in two objects, or as a value, is not there twice")
    func sameNames() throws {
        let text = #"{"a": {"a": "a:{\"a\":["}, "b": {"a": "\\"}}"#
        #expect(
            try JSON.decode([String: [String: String]].self, from: Array(text.utf8))
                == ["a": ["a": #"a:{"a":["#], "b": ["a": "\\"]])
    }
}
