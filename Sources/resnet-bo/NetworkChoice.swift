import Backend
import Datasets
import NeuralNetwork
import Training

/// The network that a command trains or evaluates, before the images are known.
struct NetworkChoice: Sendable {
    /// Where the layers come from.
    enum Source: Sendable {
        case named(NamedNetwork, shortcut: BlockShortcut)
        case layers(NetworkFile)
    }

    let source: Source

    /// The factor of all channels.
    var width = 1.0

    /// The same network with its own channels.
    var unscaled: NetworkChoice { NetworkChoice(source: source) }

    /// The network of the original program.
    static let seed = NetworkChoice(source: .named(.seed, shortcut: .pad))

    /// The layers of a file; nil for a network with a name, which says everything.
    var layers: LayerList? {
        if case .layers(let file) = source { LayerList(file.layers) } else { nil }
    }

    /// The network for images: their size and classes decide its first and its last layer.
    ///
    /// - Throws: `NetworkError` for images that it can't take.
    func plan(for format: LabelledImages.Format) throws(NetworkError) -> NetworkPlan {
        try plan(for: SampleShape(format), classes: format.classes)
    }

    /// The network for images of a shape.
    ///
    /// - Throws: `NetworkError` for images that it can't take.
    func plan(for input: SampleShape, classes: Int) throws(NetworkError) -> NetworkPlan {
        let description =
            switch source {
            case .named(let network, let shortcut):
                try network.description(for: input, classes: classes, shortcut: shortcut)
            case .layers(let file): try file.description(for: input, classes: classes)
            }
        return try NetworkPlan(description.scaled(by: width))
    }
}
