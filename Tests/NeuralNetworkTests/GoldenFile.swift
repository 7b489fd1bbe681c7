import Backend
import Foundation
import NeuralNetwork
import NumPyRandom
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

    /// Whether there is a tensor.
    func contains(_ name: String) -> Bool { numbers[name] != nil }

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

/// The files of training on drawn images, as `Golden/README` describes them.
extension GoldenFile {
    /// How many times as far off as PyTorch's fp32 results a result may be.
    private static let errorFactor = 8.0
    /// What is added, in units in the last place of the largest value, in case PyTorch is exact.
    private static let roundings = 16.0

    /// The images of all steps, one batch after another, by the recipe.
    ///
    /// - Parameter prefix: the beginning of the names of the tensors.
    func drawnImages(_ input: SampleShape, classes: Int, batch: Int, prefix: String = "") throws -> ImageBytes {
        let draws = try self("\(prefix)draws").map { UInt32($0) }
        let sums = try self("\(prefix)pixel_sums")
        var pixels: [UInt8] = []
        for (step, draw) in draws.enumerated() {
            var random = RandomState(key: [10, 100, UInt32(step), draw])
            let images = (0..<batch * input.count).map { _ in UInt8(random.uniform(0, 256)) }
            #expect(images.reduce(0) { $0 + Double($1) } == sums[step], "the images of step \(step)")
            pixels += images
        }
        var random = RandomState(key: [10, 101])
        let labels = (0..<draws.count * batch).map { _ in UInt8(random.uniform(0, Double(classes))) }
        #expect(labels == (try self("\(prefix)labels").map { UInt8($0) }))
        return ImageBytes(pixels: pixels, labels: labels, channels: input.channels, image: input.image)
    }

    /// Compares a tensor, of which the file may have a subset.
    ///
    /// The tolerance is ``errorFactor`` times the noise plus ``roundings`` units in the last place of the scale.
    /// - Parameter name: what was run, in words.
    func expect(
        _ found: [Float], _ result: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let truth = try self(result)
        let (noise, scale) = (try self("\(result).noise")[0], try self("\(result).scale")[0])
        let tolerance = Self.errorFactor * noise + Self.roundings * 0x1p-24 * scale
        let isSubset = found.count > truth.count
        #expect(truth.count == (isSubset ? 256 : found.count), "\(result)", sourceLocation: sourceLocation)
        let errors = truth.indices.map {
            abs(Double(found[isSubset ? 7919 * $0 % found.count : $0]) - truth[$0])
        }
        // `max()` would ignore NaN.
        let worst = errors.reduce(0) { $1 <= $0 ? $0 : $1 }
        #expect(
            worst <= tolerance,
            "\(name), \(result): off by \(worst), \(worst / tolerance) times the tolerance; PyTorch's fp32 by \(noise)",
            sourceLocation: sourceLocation)
    }
}

extension NetworkPlan {
    /// The seed's network for Fashion-MNIST.
    static let seed = try! NetworkPlan(
        .seed(for: SampleShape(channels: 1, image: Extent(28)), classes: 10))
}
