import NeuralNetwork
import Platform

/// A file of weights: the state of one model.
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

    /// The weights as the state of a network.
    ///
    /// - Throws: `StateError` if they are not those of such a network.
    func state(of network: NetworkPlan) throws(StateError) -> StateDictionary {
        try StateDictionary(tensors, plan: network, name: path)
    }

    /// Writes the weights of a model of a network atomically.
    static func write(_ state: StateDictionary, of network: NetworkPlan, to file: OutputFile) throws {
        try file.write(state.safetensors(network).encoded())
    }
}
