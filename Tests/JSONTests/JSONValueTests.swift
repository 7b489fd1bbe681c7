import JSON
import Testing

struct JSONValueTests {
    @Test(
        "A value is written as it was read",
        arguments: [
            "null", "true", "[1, 2.5, -3e-05]", #"{"a": {"b": []}, "c": "x\n\"y\""}"#, "0.1", "12345678901234567",
        ])
    func roundTrip(text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(try JSON.encode(value, layout: .line) == text)
        #expect(try JSONValue(encoding: value) == value)
    }

    @Test("Numbers of Python that are not finite are read, and written as null")
    func notFinite() throws {
        let value = try JSONValue(parsing: Array("[NaN, -Infinity, 1]".utf8))
        #expect(value.array?.map(\.double?.isNaN) == [true, false, false])
        #expect(value.array?[1].double == -.infinity)
        #expect(try JSON.encode(value, layout: .line) == "[null, null, 1]")
    }

    @Test("Members are found by name, and values by their kind")
    func kinds() throws {
        let value = try JSONValue(
            parsing: Array(#"{"n": null, "i": 3.0, "d": 2.5, "s": "t", "b": true, "l": [1]}"#.utf8))
        #expect(value["n"] == nil && value["missing"] == nil && value["s"]?["x"] == nil)
        #expect(value["i"]?.int == 3 && value["d"]?.int == nil && value["d"]?.double == 2.5)
        #expect(value["s"]?.string == "t" && value["b"]?.bool == true && value["l"]?.array?.count == 1)
        #expect(value["s"]?.double == nil && value["i"]?.string == nil && value.array == nil)
        #expect(try value["l"]?.decode([Int].self) == [1])
        #expect(throws: JSONError.self) { try value["s"]?.decode(Int.self) }
        #expect(value.object?.count == 6)
    }
}
