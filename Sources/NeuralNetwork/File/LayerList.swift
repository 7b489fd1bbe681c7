/// A list of layers in JSON: one object for each layer, or for each block of a residual network.
package struct LayerList: Sendable, Equatable, Codable {
    package let layers: [NetworkLayer]

    package init(_ layers: [NetworkLayer]) { self.layers = layers }

    package init(from decoder: any Decoder) throws {
        var entries = try decoder.unkeyedContainer()
        var layers: [NetworkLayer] = []
        while !entries.isAtEnd { layers += try entries.decode(LayerEntry.self).layers }
        self.layers = layers
    }

    package func encode(to encoder: any Encoder) throws {
        var entries = encoder.unkeyedContainer()
        for layer in layers { try entries.encode(LayerEntry(layers: [layer])) }
    }
}
