package import Backend
import JSON
import Platform

/// A network as a file has it: a name and layers, without images and classes.
///
/// In JSON: `{"name": "mine", "layers": [{"name": "conv1", "type": "convolution", "outputs": 8, "kernel": 3}, ...]}`. The
/// article <doc:NetworkFiles> has the members of every type of layer.
package struct NetworkFile: Sendable, Equatable, Codable {
    /// The name, which saved weights state.
    package let name: String
    package let layers: [NetworkLayer]

    private enum CodingKeys: String, CodingKey, CaseIterable { case name, layers }

    package init(_ name: String, layers: [NetworkLayer]) {
        self.name = name
        self.layers = layers
    }

    package init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(otherThan: KnownWords(CodingKeys.allCases.map(\.rawValue)))
        let members = try decoder.container(keyedBy: CodingKeys.self)
        name = try members.decode(String.self, forKey: .name)
        guard !name.isEmpty else { throw NetworkFileError("name must not be empty") }
        layers = try members.decode(LayerList.self, forKey: .layers).layers
    }

    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(name, forKey: .name)
        try members.encode(LayerList(layers), forKey: .layers)
    }

    /// The network for images of a shape.
    ///
    /// - Throws: ``NetworkError`` if the layers are no network for such images and that many classes.
    package func description(for input: SampleShape, classes: Int) throws(NetworkError) -> NetworkDescription {
        let description = NetworkDescription(name, input: input, classes: classes, layers: layers)
        _ = try NetworkPlan(description)
        return description
    }
}

/// What is wrong in a file of layers, as a clause.
struct NetworkFileError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension Decoder {
    /// Refuses an object with unknown members, which may be misspelt.
    ///
    /// - Throws: ``NetworkFileError`` for the first of them in alphabetical order.
    func refuseMembers(otherThan known: KnownWords) throws {
        let names = try container(keyedBy: MemberName.self).allKeys.map(\.stringValue)
        if let unknown = names.filter({ !known.words.contains($0) }).min() {
            throw NetworkFileError("unknown member \"\(unknown)\"; \(known.advice(for: unknown))")
        }
    }
}
