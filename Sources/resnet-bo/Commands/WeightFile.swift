import Backend
import Datasets
import JSON
import NeuralNetwork
import Platform

/// What a saved model states of the images that it was trained on, besides their shape.
struct ModelImages: Equatable {
    var classNames: [String]
    var normalization: Normalization?

    /// Whether the pixels were floats.
    var hasFloats = false

    /// How they were read.
    var reading: ReadingOptions
}

/// A file of weights: the state of one model, and what is needed to use it.
struct WeightFile {
    private let path: String
    private let tensors: Safetensors

    /// Reads a file, before it is known for which network.
    ///
    /// A file that is missing or no safetensors is so found before the images are decompressed.
    init(_ path: String) throws {
        self.path = path
        tensors = try Safetensors(InputFile.read(path), name: path)
    }

    /// The network that the file states; `nil` if it states no layers, as a file that PyTorch has written.
    ///
    /// - Throws: `StateError` for layers that can't be used.
    func statedNetwork() throws(StateError) -> NetworkFile? { try tensors.statedNetwork(name: path) }

    /// What the file states of the images; `nil` if it states no classes by name.
    ///
    /// - Throws: `FileError` for metadata that can't be used.
    func statedImages() throws(FileError) -> ModelImages? {
        guard let classNames: [String] = try member("class_names") else { return nil }
        let normalization: Normalization? = try member("normalization")
        if let normalization,
            Normalization(means: normalization.means, deviations: normalization.deviations) == nil
        {
            throw FileError(path, doing: "used", reason: "a mean or a deviation of its normalization is impossible")
        }
        return ModelImages(
            classNames: classNames, normalization: normalization, hasFloats: tensors.metadata["pixels"] == "floats",
            reading: try member("reading") ?? ReadingOptions())
    }

    /// The network and the images that the file states, which is all that is needed to classify images.
    ///
    /// - Throws: an error for a file that does not state them, as one that PyTorch has written.
    func statedModel() throws -> (network: NetworkPlan, format: LabelledImages.Format, reading: ReadingOptions) {
        guard let layers = try statedNetwork(), let (shape, classes) = tensors.statedImages else {
            throw FileError(
                path, doing: "used", reason: "it states no network and images; use a model that resnet-bo has saved")
        }
        let images =
            try statedImages()
            ?? ModelImages(classNames: (0..<classes).map { "\($0)" }, reading: ReadingOptions())
        guard images.classNames.count == classes,
            images.normalization.map({ $0.means.count == shape.channels }) ?? true
        else {
            throw FileError(
                path, doing: "used",
                reason: "it states \(classes) classes of \(shape) images, and has the names of "
                    + "\(images.classNames.count) classes or the normalization of other channels")
        }
        let network = try NetworkPlan(layers.description(for: shape, classes: classes))
        return (
            network,
            LabelledImages.Format(
                channels: shape.channels, rows: shape.image.height, columns: shape.image.width,
                classNames: images.classNames, element: images.hasFloats ? .float : .byte,
                normalization: images.normalization), images.reading
        )
    }

    /// A member of the metadata.
    private func member<Value: Decodable>(_ name: String) throws(FileError) -> Value? {
        guard let text = tensors.metadata[name] else { return nil }
        do throws(JSONError) {
            return try JSON.decode(from: Array(text.utf8))
        } catch {
            throw FileError(path, doing: "used", reason: "in its metadata, \(name): \(error)")
        }
    }

    /// The weights as the state of a network.
    ///
    /// - Throws: `StateError` if they are not those of such a network.
    func state(of network: NetworkPlan) throws(StateError) -> StateDictionary {
        try StateDictionary(tensors, plan: network, name: path)
    }

    /// Writes the weights of a model of a network atomically.
    static func write(
        _ state: StateDictionary, of network: NetworkPlan, images: ModelImages, to file: OutputFile
    ) throws {
        var tensors = try state.safetensors(network)
        tensors.metadata["class_names"] = try JSON.encode(images.classNames, layout: .line)
        if let normalization = images.normalization {
            tensors.metadata["normalization"] = try JSON.encode(normalization, layout: .line)
        }
        if images.hasFloats { tensors.metadata["pixels"] = "floats" }
        if images.reading.areSet { tensors.metadata["reading"] = try JSON.encode(images.reading, layout: .line) }
        try file.write(tensors.encoded())
    }
}

extension ModelImages {
    /// What a saved model states of the images of a format.
    init(_ format: LabelledImages.Format, reading: ReadingOptions) {
        self.init(
            classNames: format.classNames, normalization: format.normalization, hasFloats: format.element == .float,
            reading: reading)
    }
}
