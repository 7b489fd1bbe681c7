package import Foundation

/// Named tensors in the safetensors format, version 0.x of https://github.com/huggingface/safetensors.
///
/// Eight bytes of little-endian header length, a JSON header `{"name": {"dtype", "shape", "data_offsets"}}`, then the
/// tensors' bytes.
package struct Safetensors: Sendable {
    /// Tensors of the two types this program needs.
    package enum Values: Sendable, Equatable {
        case float32([Float])
        case int64([Int64])
    }

    /// One tensor, flattened in row-major order.
    package struct Tensor: Sendable, Equatable {
        package var shape: [Int]
        package var values: Values

        package init(shape: [Int], values: Values) {
            self.shape = shape
            self.values = values
        }
    }

    /// The tensors by name.
    package private(set) var tensors: [String: Tensor] = [:]
    /// The names in the order they were added, which is the order in the file.
    package private(set) var names: [String] = []

    package init() {}

    /// Adds a tensor after those already there.
    package mutating func append(_ name: String, _ tensor: Tensor) {
        names.append(name)
        tensors[name] = tensor
    }

    private struct Header: Codable {
        var dtype: String
        var shape: [Int]
        var data_offsets: [Int]
    }

    /// The bytes of the file.
    package func encoded() throws -> Data {
        var header: [String] = []
        var body = Data()
        let encoder = JSONEncoder()
        // Members would otherwise come in another order in every process, and the same weights as other bytes.
        encoder.outputFormatting = .sortedKeys
        for name in names {
            guard let tensor = tensors[name] else { continue }
            let begin = body.count
            let dtype: String
            switch tensor.values {
            case .float32(let values):
                dtype = "F32"
                for value in values {
                    withUnsafeBytes(of: value.bitPattern.littleEndian) { body.append(contentsOf: $0) }
                }
            case .int64(let values):
                dtype = "I64"
                for value in values { withUnsafeBytes(of: value.littleEndian) { body.append(contentsOf: $0) } }
            }
            let entry = Header(dtype: dtype, shape: tensor.shape, data_offsets: [begin, body.count])
            let key = String(decoding: try encoder.encode(name), as: UTF8.self)
            header.append("\(key):" + String(decoding: try encoder.encode(entry), as: UTF8.self))
        }
        var text = Data("{\(header.joined(separator: ","))}".utf8)
        // The format asks for tensors at multiples of eight bytes and allows trailing spaces.
        text.append(contentsOf: Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
        var file = Data()
        withUnsafeBytes(of: UInt64(text.count).littleEndian) { file.append(contentsOf: $0) }
        return file + text + body
    }

    /// Reads tensors of type F32 and I64.
    /// - Throws: ``StateError`` that says what is wrong with the bytes.
    package init(_ file: Data, name fileName: String) throws(StateError) {
        let bytes = [UInt8](file)
        guard bytes.count >= 8 else { throw .notSafetensors(file: fileName, detail: "\(bytes.count) bytes in all") }
        let length = bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(bytes.count - 8) else {
            throw .notSafetensors(file: fileName, detail: "a header of \(length) bytes in a file of \(bytes.count)")
        }
        let begin = 8 + Int(length)
        let header: [String: Header]
        do {
            header = try JSONDecoder().decode(HeaderTable.self, from: Data(bytes[8..<begin])).entries
        } catch {
            throw .notSafetensors(file: fileName, detail: "the header is not the JSON it should be")
        }
        let body = bytes[begin...]
        for (name, entry) in header.sorted(by: {
            $0.value.data_offsets.lexicographicallyPrecedes($1.value.data_offsets)
        }) {
            append(name, try Self.tensor(name, entry, body: body, fileName: fileName))
        }
    }

    /// The header without its free-form `__metadata__`.
    private struct HeaderTable: Decodable {
        var entries: [String: Header] = [:]

        private struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            for key in container.allKeys where key.stringValue != "__metadata__" {
                entries[key.stringValue] = try container.decode(Header.self, forKey: key)
            }
        }
    }

    private static func tensor(
        _ name: String, _ entry: Header, body: ArraySlice<UInt8>, fileName: String
    ) throws(StateError) -> Tensor {
        var count = 1
        for size in entry.shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow, product <= body.count else {
                throw .notSafetensors(file: fileName, detail: "'\(name)' has the shape \(entry.shape)")
            }
            count = product
        }
        let width: Int
        switch entry.dtype {
        case "F32": width = 4
        case "I64": width = 8
        default: throw .wrongType(file: fileName, tensor: name, type: entry.dtype)
        }
        let offsets = entry.data_offsets
        guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= body.count,
            offsets[1] - offsets[0] == count * width
        else {
            throw .notSafetensors(
                file: fileName, detail: "'\(name)' of shape \(entry.shape) lies at bytes \(offsets) of \(body.count)")
        }
        let values = body.dropFirst(offsets[0]).prefix(count * width).withUnsafeBytes { raw in
            width == 4
                ? Values.float32(
                    (0..<count).map {
                        Float(
                            bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
                        )
                    })
                : Values.int64(
                    (0..<count).map {
                        Int64(littleEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self))
                    })
        }
        return Tensor(shape: entry.shape, values: values)
    }
}
