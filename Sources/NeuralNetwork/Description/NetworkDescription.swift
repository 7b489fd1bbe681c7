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
