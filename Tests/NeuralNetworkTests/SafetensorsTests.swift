import NeuralNetwork
import TestSupport
import Testing

/// Weights in the safetensors format: what is written reads back, and every kind of damage is named.
@Suite struct SafetensorsTests {
    private let plan = NetworkPlan.seed
    private var layout: StateLayout { plan.layout }

    private func file(_ header: String, body: [UInt8] = []) -> [UInt8] {
        littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + body
    }

    @Test func roundTrip() throws {
        var state = StateDictionary(initial: layout, seed: 3)
        state.batchesTracked = 750
        let bytes = try state.safetensors(plan).encoded()
        let read = try StateDictionary(Safetensors(bytes, name: "x"), plan: plan, name: "x")
        #expect(read == state)
    }

    /// What a file states of its network must match; a file of another program states nothing.
    @Test(arguments: ["network", "classes", "image"])
    func aFileOfAnotherNetworkIsRefused(_ what: String) throws {
        var file = try StateDictionary(initial: layout, seed: 3).safetensors(plan)
        let others = file.metadata.filter { $0.key != "layers" }
        #expect(others == ["format": "pt", "network": "seed", "classes": "10", "image": "1x28x28"])
        file.metadata[what] = "other"
        let bytes = try file.encoded()
        let error = #expect(throws: StateError.self) {
            try StateDictionary(Safetensors(bytes, name: "w"), plan: plan, name: "w")
        }
        #expect(try #require(error).description.hasPrefix("w is of \(what) other, and not of \(what) "))
        file.metadata = [:]
        #expect(throws: Never.self) { try StateDictionary(file, plan: plan, name: "w") }
    }

    /// A file states its layers, so that nobody has to name them; other layers under the same name are refused.
    @Test func aFileStatesItsLayers() throws {
        let state = StateDictionary(initial: layout, seed: 3)
        var file = try Safetensors(state.safetensors(plan).encoded(), name: "w")
        let stated = try #require(try file.statedNetwork(name: "w"))
        #expect(stated == NetworkFile("seed", layers: plan.description.layers))
        #expect(try stated.description(for: plan.description.input, classes: 10) == plan.description)

        file.metadata["layers"] = #"[{"type":"flatten"},{"name":"fc","type":"linear"}]"#
        #expect(throws: StateError.otherLayers(file: "w", network: "seed")) {
            try StateDictionary(file, plan: plan, name: "w")
        }
        file.metadata["layers"] = #"[{"type":"flat"}]"#
        let error = #expect(throws: StateError.self) { try file.statedNetwork(name: "w") }
        #expect(
            try #require(error).description
                == #"w states layers that can't be used: layer 1: there is no type "flat"; did you mean "flatten"?"#)
        file.metadata["layers"] = nil
        #expect(try file.statedNetwork(name: "w") == nil)
        #expect(throws: Never.self) { try StateDictionary(file, plan: plan, name: "w") }
    }

    @Test func theBatchCounterMayBeMissing() throws {
        let state = StateDictionary(initial: layout, seed: 3)
        var stripped = Safetensors()
        let whole = try state.safetensors(plan)
        for name in whole.names where !name.hasSuffix("num_batches_tracked") {
            stripped.append(name, try #require(whole.tensors[name]))
        }
        #expect(try StateDictionary(stripped, plan: plan, name: "x") == state)
    }

    @Test(arguments: [
        ("missing", "'fc.bias' is missing"), ("shape", "'fc.bias' has shape [11]"),
        ("stranger", "'extra' is no tensor of this network"), ("nan", "'fc.bias' holds a value that is not finite"),
        ("type", "'fc.bias' has type I64"), ("variance", "'bn1.running_var' holds a variance below zero"),
    ])
    func aStateThatDoesNotFitIsRefused(damage: String, message: String) throws {
        let whole = try StateDictionary(initial: layout, seed: 3).safetensors(plan)
        var damaged = Safetensors()
        for name in whole.names {
            let tensor = try #require(whole.tensors[name])
            switch (damage, name) {
            case ("missing", "fc.bias"): continue
            case ("shape", "fc.bias"):
                damaged.append(name, .init(shape: [11], values: .float32(Array(repeating: 0, count: 11))))
            case ("nan", "fc.bias"):
                damaged.append(name, .init(shape: [10], values: .float32(Array(repeating: .nan, count: 10))))
            case ("type", "fc.bias"):
                damaged.append(name, .init(shape: [10], values: .int64(Array(repeating: 0, count: 10))))
            case ("variance", "bn1.running_var"):
                damaged.append(
                    name,
                    .init(
                        shape: tensor.shape,
                        values: .float32(tensor.shape.flatMap { Array(repeating: -1e-9, count: $0) })))
            default: damaged.append(name, tensor)
            }
        }
        if damage == "stranger" { damaged.append("extra", .init(shape: [1], values: .float32([1]))) }
        let error = #expect(throws: StateError.self) {
            try StateDictionary(damaged, plan: plan, name: "weights")
        }
        #expect(try #require(error).description.contains(message))
    }

    /// Bytes that the format's own reader refuses, and what must be said about them; none crashes.
    @Test(
        "What is no safetensors",
        arguments: [
            ("", 0, "not JSON"), ("{", 0, "not JSON"), ("[]", 0, "an object"),
            (#"{"a":1}"#, 0, "a is 1, and must be an object"),
            (#"{"a":{"dtype":"F32","shape":[0]}}"#, 0, "a.data_offsets"),
            (entry("a", "[2]", 0, 8), 0, "'a' lies at bytes [0, 8] of 0"),
            (entry("a", "[2]", 0, 8), 4, "'a' lies at bytes [0, 8] of 4"),
            (entry("a", "[2]", 0, 8), 108, "100 bytes follow"), ("{}", 1, "1 bytes follow"),
            (entry("a", "[-2]", 0, 8), 8, "of shape [-2]"), (entry("a", "[-2,-1]", 0, 8), 8, "of shape [-2, -1]"),
            (entry("a", "[3]", 0, 8), 8, "has 8 bytes"), (entry("a", "[]", 0, 8), 8, "has 8 bytes"),
            (entry("a", "[4611686018427387904,4]", 0, 0), 0, "of shape"),
            (entry("a", "[9223372036854775807,9223372036854775807,0]", 0, 0), 0, "of shape"),
            (entry("a", "[1e30]", 0, 0), 0, "must be a whole number from"),
            (entry("a", "[2]", 8, 0), 8, "lies at bytes"), (entry("a", "[2]", -8, 0), 8, "lies at bytes"),
            (entry("a", "[1]", 4, 8), 8, "ends at 0"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, 8, "lies at bytes [0]"),
            (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#, 8, "has type F64"),
            // On the same bytes, overlapping, with a gap.
            (joined(entry("a", "[2]", 0, 8), entry("b", "[2]", 0, 8)), 8, "ends at 8"),
            (joined(entry("a", "[2]", 0, 8), entry("b", "[2]", 4, 12)), 12, "ends at 8"),
            (joined(entry("a", "[1]", 0, 4), entry("b", "[1]", 8, 12)), 12, "ends at 4"),
            // A name twice, also spelled in another way.
            (joined(entry("a", "[1]", 0, 4), entry("a", "[1]", 0, 4)), 4, "an object has \"a\" twice"),
            (joined(entry("a", "[1]", 0, 4), entry("\\u0061", "[1]", 4, 8)), 8, "an object has \"a\" twice"),
            (String(repeating: "[", count: 100_000), 0, "too deeply"),
        ])
    func refused(header: String, body: Int, message: String) throws {
        let error = #expect(throws: StateError.self) {
            try Safetensors(file(header, body: Array(repeating: 0, count: body)), name: "x")
        }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    private static func entry(_ name: String, _ shape: String, _ begin: Int, _ end: Int) -> String {
        #"{"\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}}"#
    }

    private static func joined(_ first: String, _ second: String) -> String {
        first.dropLast() + "," + second.dropFirst()
    }

    /// A header's length that is too large, also for the numbers of the machine.
    @Test(
        arguments: [
            [], [1, 2, 3], Array(repeating: 0xff, count: 8), Array(repeating: 0xff, count: 100),
            [1, 0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0x80, 0x7b, 0x7d],
        ] as [[UInt8]])
    func lengths(bytes: [UInt8]) {
        #expect(throws: StateError.self) { try Safetensors(bytes, name: "x") }
    }

    /// The order of the names in the header is not that of the tensors, and tensors may be empty.
    @Test func anyOrder() throws {
        let header = Self.joined(
            Self.joined(Self.entry("b", "[1]", 4, 8), Self.entry("a", "[1]", 0, 4)), Self.entry("none", "[0,3]", 4, 4))
        let read = try Safetensors(file(header + "  ", body: [0, 0, 128, 63, 0, 0, 0, 64]), name: "x")
        #expect(read.names == ["a", "none", "b"])
        #expect(read.tensors["b"] == .init(shape: [1], values: .float32([2])))
    }

    @Test func metadataIsSkipped() throws {
        let header = #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#
        let read = try Safetensors(file(header, body: [0, 0, 128, 63]), name: "x")
        #expect(read.tensors == ["a": .init(shape: [], values: .float32([1]))])
    }
}
