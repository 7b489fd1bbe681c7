import Backend
import Datasets
import NeuralNetwork
import Training

/// The network that the commands train.
enum NetworkChoice {
    /// The network `seed` for images: their size and classes decide its first and its last layer.
    ///
    /// - Throws: `NetworkError` for images that it can't take.
    static func network(for format: LabelledImages.Format) throws(NetworkError) -> NetworkPlan {
        try NetworkPlan(NamedNetwork.seed.description(for: SampleShape(format), classes: format.classes))
    }
}
