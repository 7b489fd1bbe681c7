import FoundationEssentials
import JSON
import Testing

/// A type with members of every kind.
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

/// A type with its own `encode(to:)`, which uses every container.
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

    @Test("Single values, and optional ones in lists")
    func singleValues() throws {
        #expect(try JSON.encode(Double.nan) == "null")
        #expect(try JSON.encode([1, nil, 3] as [Int?], layout: .line) == "[1, null, 3]")
        #expect(try JSON.encode([String: Int](), layout: .line) == "{}")
    }

    @Test("Special characters in a string are escaped")
    func escapes() throws {
        let text = "a\"b\\c\nd\re\tf\u{1}g/é🧦\u{7f}"
        let json = try JSON.encode([text], layout: .line)
        #expect(json == #"["a\"b\\c\nd\re\tf\u0001g/é🧦"# + "\u{7f}\"]")
        #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
    }

    @Test("A pretty text breaks only lines that are too long")
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

    /// A text that is not a list of items, and the expected message.
    struct Misfit: CustomTestStringConvertible {
        let text: String
        let problem: String
        var testDescription: String { text.count < 80 ? text : "\(text.prefix(20))... (\(text.count) characters)" }
    }

    @Test("Numbers are exact, and names are in snake case, with and without explicit keys")
    func names() throws {
        struct Bare: Decodable {
            var learningRate: Double
            var table: [String: Int]
        }
        let text =
            #"{"loss": 2, "learning_rate": 0.30000000000000004, "learningRate": 7, "table": {"a_B": 1, "aB": 2}}"#
        #expect(try JSON.decode(Item.self, from: Array(text.utf8)) == Item(learningRate: 0.1 + 0.2, loss: 2))
        let bare = try JSON.decode(Bare.self, from: Array(text.utf8))
        #expect(bare.learningRate == 0.1 + 0.2)
        #expect(bare.table == ["a_B": 1, "aB": 2])
        #expect(throws: JSONError(problem: "learning_rate is missing", member: "learning_rate")) {
            try JSON.decode(Bare.self, from: Array(#"{"learningRate": 1}"#.utf8))
        }
    }

    @Test(
        "Errors are one line with the names of the file",
        arguments: [
            Misfit(text: "", problem: "it is not JSON: it is empty"),
            Misfit(text: " \n", problem: "it is not JSON: it is empty"),
            Misfit(text: "[{", problem: "it is not JSON at line 1, column 3"),
            Misfit(text: "[] x", problem: "it is not JSON at line 1, column 4"),
            Misfit(text: "[1,\n \"é\", tru]", problem: "it is not JSON at line 2, column 7"),
            Misfit(
                text: String(repeating: "[", count: 1_000_000), problem: "its lists or objects are nested too deeply"),
            Misfit(
                text: String(repeating: #"{"a":"#, count: 1_000_000),
                problem: "its lists or objects are nested too deeply"),
            Misfit(text: "{}", problem: "it is an object, and must be a list"),
            Misfit(text: "[3]", problem: "[0] is 3, and must be an object"),
            Misfit(text: #"[{"learning-rate": 1, "loss": 1}]"#, problem: "[0].learning_rate is missing"),
            Misfit(text: #"[{"learning_rate": 1}]"#, problem: "[0].loss is missing"),
            Misfit(
                text: #"[{"learning_rate": 1, "loss": "x"}]"#, problem: #"[0].loss is "x", and must be a number"#),
            Misfit(
                text: #"[{"learning_rate": 1, "loss": null}]"#, problem: "[0].loss is null, and must be a number"),
            Misfit(
                text: #"[{"learning_rate": 1, "loss": [1]}]"#, problem: "[0].loss is a list, and must be a number"),
            Misfit(
                text: #"[{"learning_rate": 1, "loss": 1e999}]"#,
                problem: "[0].loss is 1e999, and must be a finite number"),
            Misfit(
                text: #"[{"learning_rate": -1E+999, "loss": 1}]"#,
                problem: "[0].learning_rate is -1E+999, and must be a finite number"),
            Misfit(
                text: #"[{"learning_rate": 1, "loss": NaN}]"#,
                problem: "[0].loss is NaN, and must be a finite number"),
            Misfit(
                text: #"[{"learning_rate": 1, "loss": -Infinity}]"#,
                problem: "[0].loss is -Infinity, and must be a finite number"),
            Misfit(
                text: "[{\"learning_rate\": 1, \"loss\": 2,\n\"other\": nan}]",
                problem: "it is not JSON: nan at line 2, column 10 is no finite number"),
            Misfit(
                text: #"[{"learning_rate": 1, "loss": 1, "l\u006fss": 1}]"#,
                problem: #"an object has "loss" twice, before line 1, column 46"#),
        ])
    func misfit(_ misfit: Misfit) {
        let error = #expect(throws: JSONError.self) { try JSON.decode([Item].self, from: Array(misfit.text.utf8)) }
        #expect(error?.problem == misfit.problem)
    }

    private struct Table: Decodable {
        enum Kind: String, Decodable, CaseIterable { case one, two }
        struct Row: Decodable {
            var values: [String: Double]
            var kind: Kind?
            var list: [Int]?
        }

        var rows: [Row]
    }

    @Test(
        "The elements of a named list are counted from 1",
        arguments: [
            (#"{"rows": 1}"#, "rows is 1, and must be a list"),
            (#"{"rows": [2]}"#, "row 1 is 2, and must be an object"),
            (#"{"rows": [{"values": {"a": 1}}, {}]}"#, "row 2: values is missing"),
            (#"{"rows": [{"values": {"a_B": "1"}}]}"#, #"row 1: values.a_B is "1", and must be a number"#),
            (#"{"rows": [{"values": {}, "kind": "six"}]}"#, #"row 1: kind is "six", and must be one of "one", "two""#),
            (#"{"rows": [{"values": {}, "list": [1, 0.5]}]}"#, "row 1: list[1] is 0.5, and must be a whole number"),
        ])
    func entries(text: String, problem: String) throws {
        let document = try JSONDocument(Array(text.utf8))
        let error = #expect(throws: JSONError.self) { try document.decode(Table.self, entries: ["rows": "row"]) }
        #expect(error?.problem == problem)
    }

    @Test("Values are spelt as they are written")
    func spelling() throws {
        let long = String(repeating: "9", count: 100)
        let document = try JSONDocument(Array(#"{"a": [1.50, 1E2, "x\\"], "b": \#(long), "c": {"d": null}}"#.utf8))
        for (path, text) in [
            (["a", "0"], "1.50"), (["a", "1"], "1E2"), (["a", "2"], #""x\\""#), (["b"], long.prefix(57) + "..."),
            (["c"], "an object"), (["c", "d"], "null"), (["a"], "a list"), ([], "an object"),
        ] as [([String], Substring)] {
            #expect(document.spelling(at: path) == String(text))
        }
        for path in [["a", "3"], ["a", "x"], ["z"], ["b", "0"]] { #expect(document.spelling(at: path) == nil) }
    }

    /// The same texts are valid as for Python's `json` module, except for its NaN and Infinity.
    @Test(
        "The grammar of RFC 8259",
        arguments: [
            ("1", true), (" \t\r\n1 ", true), ("-0", true), ("-0.5e+07", true), ("1E5", true), ("01", false),
            ("1.", false), (".5", false), ("+1", false), ("-", false), ("1e", false), ("0x1", false), ("NaN", false),
            ("Infinity", false), ("1_000", false), ("true", true), ("True", false), ("null", true), ("nul", false),
            ("[]", true), ("[1,]", false), ("[,]", false), ("[1 2]", false), ("{}", true), (#"{"a":1,}"#, false),
            (#"{"a"}"#, false), (#"{a:1}"#, false), (#"{"a":1 "b":2}"#, false), ("{]", false), ("[}", false),
            (#""\ud83e\udde6\"\\\/\b\f\n\r\t""#, true), (#""\ud83e""#, false), (#""\udde6""#, false),
            (#""\ud83e\u0041""#, false), (#""\ud83ex""#, false), (#""\u12""#, false), (#""\u+123""#, false),
            (#""\x""#, false),
            ("\"a\nb\"", false), ("\"", false), (#""\"#, false), (#""\u"#, false), ("'a'", false), ("// x", false),
            ("1 1", false), ("\u{feff}1", false), ("", false), ("\"\u{e9}\"", true), ("\u{b2}", false),
        ])
    func grammar(text: String, isSound: Bool) {
        if isSound {
            #expect(throws: Never.self) { try JSON.decode(Anything.self, from: Array(text.utf8)) }
        } else {
            let error = #expect(throws: JSONError.self) { try JSON.decode(Anything.self, from: Array(text.utf8)) }
            #expect(error?.problem.hasPrefix("it is not JSON") == true)
        }
    }

    private struct Anything: Decodable {
        init(from decoder: any Decoder) {}
    }

    @Test("Bytes that are not UTF-8 are not JSON")
    func notUTF8() {
        #expect(throws: JSONError(problem: "it is not JSON: it is not valid UTF-8")) {
            try JSON.decode([String].self, from: Array("[\"caf".utf8) + [0xe9] + Array("\"]".utf8))
        }
    }

    @Test("Escapes stand for characters")
    func escapes() throws {
        let text = #"["\ud83e\udde6\u00e9\"\\\/\b\f\n\r\t\u0000"]"#
        #expect(
            try JSON.decode([String].self, from: Array(text.utf8)) == ["🧦é\"\\/\u{8}\u{c}\n\r\t\0"])
    }

    @Test(
        "Whole numbers, and the range of their type",
        arguments: [
            ("[0]", nil), ("[4294967295]", nil), ("[4294967295.0]", nil), ("[1e9]", nil),
            ("[-1]", " from 0 to 4294967295"),
            ("[1e30]", " from 0 to 4294967295"),
            ("[0.5]", ""), ("[true]", ""),
        ])
    func wholeNumbers(text: String, problem: String?) {
        do throws(JSONError) {
            _ = try JSON.decode([UInt32].self, from: Array(text.utf8))
            #expect(problem == nil)
        } catch {
            #expect(
                error.problem
                    == problem.map { "[0] is \(text.dropFirst().dropLast()), and must be a whole number\($0)" })
        }
    }

    /// Numbers beyond 2^53 are exact where the type is.
    @Test func largeNumbers() throws {
        let text = "[9007199254740993, -9223372036854775808]"
        #expect(try JSON.decode([Int].self, from: Array(text.utf8)) == [9_007_199_254_740_993, .min])
    }

    @Test("Values survive a round trip; absent and `null` members are `nil`")
    func backAndForth() throws {
        struct Everything: Codable, Equatable {
            enum Kind: String, Codable { case one, two }
            var text = "\u{1}\"\\é🧦"
            var flag = true
            var kind: Kind? = .two
            var absent: Int?
            var numbers: [Double?] = [0.1, nil, -1e-308]
            var floats: [Float] = [0.1]
            var table = ["a b": [1, 2], "": []]
            var nested: [[String: Bool]] = [[:], ["x": false]]
            var aLongName = 1
        }
        let value = Everything()
        #expect(try JSON.decode(from: Array(JSON.encode(value).utf8)) == value)
        #expect(throws: JSONError(problem: "kind is \"six\", and must be another value", member: "kind")) {
            let text = try JSON.encode(value).replacing("\"two\"", with: "\"six\"")
            return try JSON.decode(Everything.self, from: Array(text.utf8))
        }
    }

    @Test("A name in two objects, or as a value, is not repeated")
    func sameNames() throws {
        let text = #"{"a": {"a": "a:{\"a\":["}, "b": {"a": "\\"}}"#
        #expect(
            try JSON.decode([String: [String: String]].self, from: Array(text.utf8))
                == ["a": ["a": #"a:{"a":["#], "b": ["a": "\\"]])
    }
}
