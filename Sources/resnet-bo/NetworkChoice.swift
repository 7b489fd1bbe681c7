import Backend
import Datasets
import NeuralNetwork

/// The network that the commands train.
enum NetworkChoice {
    /// The network `seed` for images: their size and classes decide its first and its last layer.
    ///
    /// - Throws: ``Failure`` for images of several channels.
    static func network(for format: LabelledImages.Format) throws(Failure) -> ResNetDescription {
        guard format.channels == 1 else { throw Failure("seed takes one channel, the images have \(format.channels)") }
        var network = ResNetDescription()
        network.inputChannels = format.channels
        network.image = Extent(height: format.rows, width: format.columns)
        network.classes = format.classes
        return network
    }
}
