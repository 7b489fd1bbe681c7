import JSON

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

    /// Texts by name, of any meaning: the format's `__metadata__`.
    package var metadata: [String: String]

    package init(metadata: [String: String] = [:]) {
        self.metadata = metadata
    }

    /// Adds a tensor after those already there.
    package mutating func append(_ name: String, _ tensor: Tensor) {
        names.append(name)
        tensors[name] = tensor
    }

    /// The bytes of the file.
    package func encoded() throws -> [UInt8] {
        var header: [String] = []
        if !metadata.isEmpty { header.append("\"__metadata__\":\(try JSON.encode(metadata, layout: .line))") }
        var body: [UInt8] = []
        for name in names {
            guard let tensor = tensors[name] else { continue }
            let begin = body.count
            let dtype: String
            switch tensor.values {
            case .float32(let values):
                dtype = "F32"
                for value in values { Self.append(value.bitPattern, to: &body) }
            case .int64(let values):
                dtype = "I64"
                for value in values { Self.append(value, to: &body) }
            }
            header.append(
                try JSON.encode(name, layout: .line)
                    + #":{"data_offsets":[\#(begin),\#(body.count)],"dtype":"\#(dtype)","#
                    + #""shape":[\#(tensor.shape.map(String.init).joined(separator: ","))]}"#)
        }
        var text = Array("{\(header.joined(separator: ","))}".utf8)
        // The format asks for tensors at multiples of eight bytes and allows trailing spaces.
        text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        var file: [UInt8] = []
        Self.append(UInt64(text.count), to: &file)
        return file + text + body
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Reads tensors of type F32 and I64, as strictly as the format's own reader does: the tensors' bytes follow each other
    /// without a gap or an overlap, to the end of the file.
    /// - Throws: ``StateError`` that says what is wrong with the bytes.
    package init(_ bytes: [UInt8], name fileName: String) throws(StateError) {
        guard bytes.count >= 8 else { throw .notSafetensors(file: fileName, detail: "\(bytes.count) bytes in all") }
        let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(bytes.count - 8) else {
            throw .notSafetensors(file: fileName, detail: "a header of \(length) bytes in a file of \(bytes.count)")
        }
        metadata = [:]
        let body = bytes[(8 + Int(length))...]
        let header: HeaderTable
        do throws(JSONError) {
            header = try JSON.decode(from: Array(bytes[8..<body.startIndex]))
        } catch {
            throw .notSafetensors(file: fileName, detail: "in its header, \(error)")
        }
        metadata = header.metadata
        var end = 0
        // Empty tensors may lie at the same place.
        let entries = header.entries.sorted { $0.key < $1.key }
        for (name, entry) in entries.sorted(by: {
            $0.value.data_offsets.lexicographicallyPrecedes($1.value.data_offsets)
        }) {
            let offsets = entry.data_offsets
            guard offsets.count == 2, offsets[0] == end, end <= offsets[1], offsets[1] <= body.count else {
                throw .notSafetensors(
                    file: fileName,
                    detail:
                        "'\(name)' lies at bytes \(offsets) of \(body.count), and the tensor before it ends at \(end)")
            }
            end = offsets[1]
            append(
                name, try Self.tensor(name, entry, bytes: body.dropFirst(offsets[0]).prefix(end - offsets[0]), fileName)
            )
        }
        guard end == body.count else {
            throw .notSafetensors(file: fileName, detail: "\(body.count - end) bytes follow the last tensor")
        }
    }

    /// What the header says of a tensor.
    private struct Entry: Decodable {
        var dtype: String
        var shape: [Int]
        var data_offsets: [Int]
    }

    /// The header.
    private struct HeaderTable: Decodable {
        var entries: [String: Entry] = [:]
        var metadata: [String: String] = [:]

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: MemberName.self)
            for key in container.allKeys {
                if key.stringValue == "__metadata__" {
                    metadata = try container.decode([String: String].self, forKey: key)
                } else {
                    entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
                }
            }
        }
    }

    private static func tensor(
        _ name: String, _ entry: Entry, bytes: ArraySlice<UInt8>, _ fileName: String
    ) throws(StateError) -> Tensor {
        let width: Int
        switch entry.dtype {
        case "F32": width = 4
        case "I64": width = 8
        default: throw .wrongType(file: fileName, tensor: name, type: entry.dtype)
        }
        var size = width
        for extent in entry.shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            size = extent < 0 || overflow ? -1 : product
            guard size >= 0 else { break }
        }
        guard size == bytes.count else {
            throw .notSafetensors(
                file: fileName,
                detail: "'\(name)' of shape \(entry.shape) and type \(entry.dtype) has \(bytes.count) bytes")
        }
        func values<Number: FixedWidthInteger>(_ type: Number.Type) -> [Number] {
            bytes.withUnsafeBytes { raw in
                stride(from: 0, to: size, by: width).map {
                    Number(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: type))
                }
            }
        }
        return Tensor(
            shape: entry.shape,
            values: width == 4 ? .float32(values(UInt32.self).map(Float.init(bitPattern:))) : .int64(values(Int64.self))
        )
    }
}
