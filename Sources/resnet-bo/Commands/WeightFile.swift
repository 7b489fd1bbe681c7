import NeuralNetwork
import Platform

/// Reads and writes weights of the default network.
enum WeightFile {
    private static let layout = StateLayout(ResNetDescription())

    /// Reads the weights of one model.
    static func read(_ path: String) throws -> StateDictionary {
        try StateDictionary(Safetensors(InputFile.read(path), name: path), layout: layout, name: path)
    }

    /// Writes the weights of one model atomically.
    static func write(_ state: StateDictionary, to file: OutputFile) throws {
        try file.write(state.safetensors(layout).encoded())
    }
}
