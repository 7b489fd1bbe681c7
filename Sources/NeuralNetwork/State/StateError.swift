/// What can be wrong with a file of weights.
package enum StateError: Error, Equatable, CustomStringConvertible {
    /// The bytes are not safetensors.
    case notSafetensors(file: String, detail: String)
    /// A tensor has a type other than F32, or I64 for the batch counter.
    case wrongType(file: String, tensor: String, type: String)
    /// The file says that it is of another network, or of images or classes that differ.
    case otherNetwork(file: String, what: String, stated: String, expected: String)
    /// The file says that it is of a network of this name with other layers.
    case otherLayers(file: String, network: String)
    /// The layers that the file states are not layers.
    case unusableLayers(file: String, detail: String)
    /// A tensor of the network is not in the file.
    case missing(file: String, tensor: String)
    /// The file holds a tensor that the network has not.
    case unexpected(file: String, tensor: String)
    /// A tensor has another shape than the network's.
    case wrongShape(file: String, tensor: String, expected: [Int], found: [Int])
    /// A weight is NaN or infinite.
    case notFinite(file: String, tensor: String)
    /// A running variance is below zero, which makes every logit NaN.
    case negativeVariance(file: String, tensor: String)

    package var description: String {
        switch self {
        case .notSafetensors(let file, let detail):
            "\(file) is not a safetensors file: \(detail)"
        case .wrongType(let file, let tensor, let type):
            "\(file): '\(tensor)' has type \(type); weights must be F32 (and num_batches_tracked I64)"
        case .otherNetwork(let file, let what, let stated, let expected):
            "\(file) is of \(what) \(stated), and not of \(what) \(expected)"
        case .otherLayers(let file, let network):
            "\(file) is of a network '\(network)' with other layers"
        case .unusableLayers(let file, let detail):
            "\(file) states layers that can't be used: \(detail)"
        case .missing(let file, let tensor):
            "\(file): '\(tensor)' is missing; is this another network's file?"
        case .unexpected(let file, let tensor):
            "\(file): '\(tensor)' is no tensor of this network"
        case .wrongShape(let file, let tensor, let expected, let found):
            "\(file): '\(tensor)' has shape \(found), this network needs \(expected)"
        case .notFinite(let file, let tensor):
            "\(file): '\(tensor)' holds a value that is not finite"
        case .negativeVariance(let file, let tensor):
            "\(file): '\(tensor)' holds a variance below zero"
        }
    }
}
