import Foundation
import NeuralNetwork
import Testing

/// Weights in the safetensors format: written files can be read, and every kind of damage has its error.
@Suite struct SafetensorsTests {
    private let layout = StateLayout(ResNetDescription())

    private func file(_ header: String, body: [UInt8] = []) -> Data {
        var data = Data()
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
        return data + Data(header.utf8) + Data(body)
    }

    @Test func roundTrip() throws {
        var state = StateDictionary(initial: layout, seed: 3)
        state.batchesTracked = 750
        let bytes = try state.safetensors(layout).encoded()
        let read = try StateDictionary(Safetensors(bytes, name: "x"), layout: layout, name: "x")
        #expect(read == state)
    }

    @Test func theBatchCounterMayBeMissing() throws {
        let state = StateDictionary(initial: layout, seed: 3)
        var stripped = Safetensors()
        let whole = state.safetensors(layout)
        for name in whole.names where !name.hasSuffix("num_batches_tracked") {
            stripped.append(name, try #require(whole.tensors[name]))
        }
        #expect(try StateDictionary(stripped, layout: layout, name: "x") == state)
    }

    @Test(arguments: [
        ("missing", "'fc.bias' is missing"), ("shape", "'fc.bias' has shape [11]"),
        ("stranger", "'extra' is no tensor of this network"), ("nan", "'fc.bias' holds a value that is not finite"),
        ("type", "'fc.bias' has type I64"),
    ])
    func aStateThatDoesNotFitIsRefused(damage: String, message: String) throws {
        let whole = StateDictionary(initial: layout, seed: 3).safetensors(layout)
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
            default: damaged.append(name, tensor)
            }
        }
        if damage == "stranger" { damaged.append("extra", .init(shape: [1], values: .float32([1]))) }
        let error = #expect(throws: StateError.self) {
            try StateDictionary(damaged, layout: layout, name: "weights")
        }
        #expect(try #require(error).description.contains(message))
    }

    /// Bytes that are not safetensors are rejected without a crash.
    @Test func garbageIsRefused() {
        let entry = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
        let cases: [Data] = [
            Data(), Data([1, 2, 3]), Data(repeating: 0xff, count: 8), Data(repeating: 0xff, count: 100),
            file("{"), file("[]"), file(#"{"a":1}"#), file(entry), file(entry, body: [1, 2, 3, 4]),
            file(#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, body: Array(repeating: 0, count: 8)),
            file(#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#),
            file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, body: Array(repeating: 0, count: 8)),
            file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, body: Array(repeating: 0, count: 8)),
            file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, body: Array(repeating: 0, count: 8)),
            file(#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#, body: Array(repeating: 0, count: 8)),
        ]
        for data in cases {
            #expect(throws: StateError.self) { try Safetensors(data, name: "x") }
        }
    }

    @Test func metadataIsSkipped() throws {
        let header = #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#
        let read = try Safetensors(file(header, body: [0, 0, 128, 63]), name: "x")
        #expect(read.tensors == ["a": .init(shape: [], values: .float32([1]))])
    }
}
