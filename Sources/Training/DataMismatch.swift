package import Backend
package import Datasets
package import NeuralNetwork

/// A network and images that do not fit together.
package enum DataMismatch: Error, Equatable, CustomStringConvertible {
    /// The numbers of channels differ.
    case channels(network: Int, images: Int)

    /// The sizes of an image differ.
    case size(network: Extent, images: Extent)

    /// The numbers of classes differ.
    case classes(network: Int, images: Int)

    /// The last batch of an epoch has one image, for which a batch norm has one value a channel.
    case singleValue(norm: String, images: Int, batchSize: Int)

    /// What differs, with both values, as one line of text.
    package var description: String {
        switch self {
        case .channels(let network, let images):
            "the network takes images of \(network) \(network == 1 ? "channel" : "channels"), and these have \(images)"
        case .size(let network, let images):
            "the network takes images of \(network.height) x \(network.width) pixels, and these have "
                + "\(images.height) x \(images.width)"
        case .classes(let network, let images):
            "the network has \(network) \(network == 1 ? "class" : "classes"), and the images have \(images)"
        case .singleValue(let norm, let images, let batchSize):
            "the last batch of \(images) training images in batches of \(batchSize) is a single one, and the batch norm "
                + "'\(norm)' needs two values per channel; use another batch size, or another number of images"
        }
    }
}

extension LabelledImages.Format {
    /// Checks that a network fits: before anything is allocated, and in the words of the data.
    ///
    /// - Throws: ``DataMismatch`` for the first of channels, size and classes that differs.
    package func requireFit(of network: NetworkDescription) throws(DataMismatch) {
        guard network.input.channels == channels else {
            throw .channels(network: network.input.channels, images: channels)
        }
        let size = Extent(self)
        guard network.input.image == size else { throw .size(network: network.input.image, images: size) }
        guard network.classes == classes else { throw .classes(network: network.classes, images: classes) }
    }
}

extension NetworkPlan {
    /// Checks that no step of an epoch has a single sample for a batch norm over images of 1x1, as PyTorch refuses it.
    ///
    /// - Throws: ``DataMismatch/singleValue(norm:images:batchSize:)``.
    func requireSeveralValues(ofImages counts: [Int], batchSize: Int) throws(DataMismatch) {
        guard let norm = normOfSinglePixels else { return }
        if let count = counts.first(where: { batchSize == 1 || $0 % batchSize == 1 }) {
            throw .singleValue(norm: norm, images: count, batchSize: batchSize)
        }
    }
}

extension SampleShape {
    /// The shape of an image of a data set.
    package init(_ format: LabelledImages.Format) {
        self.init(channels: format.channels, image: Extent(format))
    }
}

extension Extent {
    /// The rows and columns of an image of a data set.
    init(_ format: LabelledImages.Format) {
        self.init(height: format.rows, width: format.columns)
    }
}
