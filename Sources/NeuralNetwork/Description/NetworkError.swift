/// A network that can't be: a layer that does not fit to what comes before it, or to the data.
package struct NetworkError: Error, Equatable, CustomStringConvertible {
    /// The name of the network.
    package let network: String
    /// The name of the layer; nil if the network as a whole is wrong.
    package let layer: String?
    /// What is wrong, as the end of a sentence that begins with the layer or the network.
    package let problem: String

    package init(_ network: String, layer: String?, _ problem: String) {
        self.network = network
        self.layer = layer
        self.problem = problem
    }

    package var description: String {
        layer.map { "layer '\($0)' of network '\(network)' \(problem)" } ?? "network '\(network)' \(problem)"
    }
}
