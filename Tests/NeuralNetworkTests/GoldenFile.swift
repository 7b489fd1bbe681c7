import Backend
import Foundation
import NeuralNetwork
import Testing

/// Tensors of `scripts/make-pytorch-golden`, read independently of the program's reader.
struct GoldenFile: Sendable {
    private struct Entry: Decodable {
        var dtype: String
        var shape: [Int]
        var data_offsets: [Int]
    }

    private var shapes: [String: [Int]] = [:]
    private var numbers: [String: [Double]] = [:]

    /// The network on real images.
    static func network() throws -> GoldenFile { try GoldenFile("network") }
    /// Single operations on random numbers.
    static func operations() throws -> GoldenFile { try GoldenFile("operations") }

    init(_ name: String) throws {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Golden"))
        let file = try Data(contentsOf: url)
        let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = file.dropFirst(8).prefix(length)
        let body = file.dropFirst(8 + length)
        let json = try #require(try JSONSerialization.jsonObject(with: header) as? [String: Any])
        for (name, entry) in json where name != "__metadata__" {
            let entry = try JSONDecoder().decode(Entry.self, from: JSONSerialization.data(withJSONObject: entry))
            let bytes = body.dropFirst(entry.data_offsets[0]).prefix(entry.data_offsets[1] - entry.data_offsets[0])
            shapes[name] = entry.shape
            let values: [Double] = try #require(Self.numbers(bytes, entry.dtype), "type \(entry.dtype) of \(name)")
            numbers[name] = values
        }
    }

    private static func numbers(_ bytes: Data, _ type: String) -> [Double]? {
        func load<Value>(_ value: Value.Type, _ convert: (Value) -> Double) -> [Double] {
            bytes.withUnsafeBytes { raw in
                stride(from: 0, to: raw.count, by: MemoryLayout<Value>.size).map {
                    convert(raw.loadUnaligned(fromByteOffset: $0, as: Value.self))
                }
            }
        }
        switch type {
        case "U8": return load(UInt8.self) { Double($0) }
        case "I64": return load(Int64.self) { Double(Int64(littleEndian: $0)) }
        case "F32": return load(UInt32.self) { Double(Float(bitPattern: UInt32(littleEndian: $0))) }
        case "F64": return load(UInt64.self) { Double(bitPattern: UInt64(littleEndian: $0)) }
        default: return nil
        }
    }

    /// The numbers of a tensor, flattened in row-major order.
    func callAsFunction(_ name: String) throws -> [Double] {
        try #require(numbers[name], "no tensor \(name) in the golden file; run scripts/make-pytorch-golden")
    }

    /// The numbers of a tensor that holds fp32 numbers.
    func floats(_ name: String) throws -> [Float] {
        try self(name).map(Float.init)
    }

    func shape(_ name: String) throws -> [Int] {
        try #require(shapes[name], "no tensor \(name) in the golden file; run scripts/make-pytorch-golden")
    }

    /// The state of a network whose tensors are named `prefix.<name>`.
    func state(_ prefix: String, _ layout: StateLayout) throws -> StateDictionary {
        var state = StateDictionary(parameters: [], statistics: [])
        for entry in layout.entries where entry.role != .batchesTracked {
            let values = try floats("\(prefix).\(entry.name)")
            if entry.isTrainable { state.parameters += values } else { state.statistics += values }
        }
        return state
    }
}

extension GoldenFile {
    /// The golden images, and the order in which every model of a stack processes them.
    func batches<B: Backend>(
        for stack: NetworkStack<B>, on backend: B
    ) throws -> (dataset: B.Dataset, order: StackOrder<B>) {
        let labels = try self("labels").map { UInt8($0) }
        let input = stack.description.input
        let bytes = ImageBytes(
            pixels: try self("images").map { UInt8($0) }, labels: labels, channels: input.channels, image: input.image)
        let order = Array(0..<Int32(labels.count))
        return (
            try backend.makeDataset(bytes),
            try stack.makeOrder(Array(repeating: order, count: stack.models), datasetSize: labels.count)
        )
    }
}

extension NetworkPlan {
    /// The seed's network for Fashion-MNIST.
    static let seed = try! NetworkPlan(
        .seed(for: SampleShape(channels: 1, image: Extent(28)), classes: 10))
}
