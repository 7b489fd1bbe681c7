import Backend
import JSON
import Platform

/// The members of an object in a list of layers, with their limits.
struct LayerMembers {
    /// The most outputs or channels of a layer.
    static let most = 1 << 16
    /// The most rows or columns of a kernel, a stride or a padding.
    static let side = 1000

    private let decoder: any Decoder
    private let members: KeyedDecodingContainer<MemberName>

    init(_ decoder: any Decoder) throws {
        self.decoder = decoder
        members = try decoder.container(keyedBy: MemberName.self)
    }

    /// Refuses all members but these.
    func require(_ names: [String], synonyms: [String: String]) throws {
        try decoder.refuseMembers(otherThan: KnownWords(names, synonyms: synonyms))
    }

    func text(_ name: String) throws -> String {
        try members.decode(String.self, forKey: MemberName(stringValue: name))
    }

    func text(_ name: String, default value: String) throws -> String {
        try members.decodeIfPresent(String.self, forKey: MemberName(stringValue: name)) ?? value
    }

    /// The name of the layer, which is not empty.
    func name(default value: String? = nil) throws -> String {
        let name = try value.map { try text("name", default: $0) } ?? text("name")
        guard !name.isEmpty else { throw NetworkFileError("name must not be empty") }
        return name
    }

    func truth(_ name: String, default value: Bool) throws -> Bool {
        try members.decodeIfPresent(Bool.self, forKey: MemberName(stringValue: name)) ?? value
    }

    func number(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
        try Self.check(members.decode(Int.self, forKey: MemberName(stringValue: name)), name, range)
    }

    func number(_ name: String, _ range: ClosedRange<Int>, default value: Int) throws -> Int {
        try number(name, range, default: Int?.some(value)) ?? value
    }

    func number(_ name: String, _ range: ClosedRange<Int>, default value: Int?) throws -> Int? {
        guard let number = try members.decodeIfPresent(Int.self, forKey: MemberName(stringValue: name)) else {
            return value
        }
        return try Self.check(number, name, range)
    }

    /// Rows and columns, each at least a number.
    func extent(_ name: String, _ least: Int) throws -> Extent {
        let extent = try members.decode(FileExtent.self, forKey: MemberName(stringValue: name)).extent
        _ = try Self.check(extent.height, name, least...Self.side)
        _ = try Self.check(extent.width, name, least...Self.side)
        return extent
    }

    func extent(_ name: String, _ least: Int, default value: Extent) throws -> Extent {
        members.contains(MemberName(stringValue: name)) ? try extent(name, least) : value
    }

    /// A number above 0 and at most 1, in single precision.
    func fraction(_ name: String, default value: Float) throws -> Float {
        guard let number = try members.decodeIfPresent(Float.self, forKey: MemberName(stringValue: name)) else {
            return value
        }
        guard number > 0, number <= 1 else {
            throw NetworkFileError("\(name) is \(number), and must be a number above 0 and at most 1")
        }
        return number
    }

    /// A number from 0 on, below 1; nil if it is not there.
    func probability(_ name: String) throws -> Double? {
        guard let number = try members.decodeIfPresent(Double.self, forKey: MemberName(stringValue: name)) else {
            return nil
        }
        guard number >= 0, number < 1 else {
            throw NetworkFileError("\(name) is \(number), and must be at least 0 and below 1")
        }
        return number
    }

    func layers(_ name: String) throws -> [NetworkLayer] {
        try members.decode(LayerList.self, forKey: MemberName(stringValue: name)).layers
    }

    /// Whether a member is there and is a list.
    func isList(_ name: String) -> Bool {
        (try? members.nestedUnkeyedContainer(forKey: MemberName(stringValue: name))) != nil
    }

    /// Refuses the stride of a shortcut that has none of its own.
    func refuseStride(of shortcut: String) throws {
        guard members.contains("stride") else { return }
        throw NetworkFileError("stride is that of the shortcut \"pad\", and the shortcut is \(shortcut)")
    }

    private static func check(_ number: Int, _ name: String, _ range: ClosedRange<Int>) throws -> Int {
        guard range.contains(number) else {
            throw NetworkFileError(
                "\(name) is \(number), and must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

/// Rows and columns in JSON: one number for both, or `[rows, columns]`.
struct FileExtent: Codable {
    let extent: Extent

    init(_ extent: Extent) { self.extent = extent }

    init(from decoder: any Decoder) throws {
        guard var sides = try? decoder.unkeyedContainer() else {
            extent = Extent(try decoder.singleValueContainer().decode(Int.self))
            return
        }
        let height = try sides.decode(Int.self)
        let width = try sides.decode(Int.self)
        guard sides.isAtEnd else { throw NetworkFileError("a list must be [rows, columns]") }
        extent = Extent(height: height, width: width)
    }

    func encode(to encoder: any Encoder) throws {
        if extent.height == extent.width {
            var value = encoder.singleValueContainer()
            try value.encode(extent.height)
        } else {
            var sides = encoder.unkeyedContainer()
            try sides.encode(extent.height)
            try sides.encode(extent.width)
        }
    }
}
