package import Backend

/// The architecture of a network, as data: a list of layers with names.
///
/// ``NetworkPlan`` is the one walk over the list. It gives the parameters with their names, the operations and the memory that
/// they need.
package struct NetworkDescription: Sendable, Equatable {
    /// The name, which saved weights state.
    package var name: String
    /// The shape of an image.
    package var input: SampleShape
    /// The number of classes, which is the number of outputs of the last layer.
    package var classes: Int
    package var layers: [NetworkLayer]

    package init(_ name: String, input: SampleShape, classes: Int, layers: [NetworkLayer]) {
        self.name = name
        self.input = input
        self.classes = classes
        self.layers = layers
    }
}

/// The networks that have a name.
///
/// A named network takes the extent of the images and the number of classes from the data.
package enum NamedNetwork: String, Sendable, CaseIterable {
    /// The network of the original program.
    case seed
    /// ResNet-20 for CIFAR.
    case resnet20

    /// The network for images of a shape.
    ///
    /// - Throws: ``NetworkError`` if the network can't take such images, or not that many classes.
    package func description(for input: SampleShape, classes: Int) throws(NetworkError) -> NetworkDescription {
        let description: NetworkDescription
        switch self {
        case .seed:
            guard input.channels == 1 else {
                throw NetworkError(rawValue, layer: "conv1", "takes images of one channel, not of \(input.channels)")
            }
            description = .seed(for: input, classes: classes)
        case .resnet20:
            description = .resNetForCIFAR(rawValue, blocksPerStage: 3, input: input, classes: classes)
        }
        _ = try NetworkPlan(description)
        return description
    }
}
