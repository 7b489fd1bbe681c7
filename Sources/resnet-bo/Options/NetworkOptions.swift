import ArgumentParser
import NeuralNetwork
import Platform
import Training

extension BlockShortcut: ExpressibleByArgument {}

/// A network as `--network` names it.
enum NetworkName: Sendable {
    case named(NamedNetwork)
    /// The path of a file of layers.
    case file(String)

    /// The names, as in help and messages.
    static let names = NamedNetwork.allCases.map(\.rawValue).joined(separator: ", ")

    /// Reads a name; a text with a slash or the ending `.json` is a file.
    @Sendable init(_ text: String) throws {
        if text.contains("/") || text.lowercased().hasSuffix(".json") {
            self = .file(text)
        } else if let network = NamedNetwork(rawValue: text) {
            self = .named(network)
        } else {
            let known = KnownWords(NamedNetwork.allCases.map(\.rawValue))
            let advice = known.nearest(to: text).map { "did you mean '\($0)'?" } ?? "there are \(Self.names)"
            throw ValidationError("'\(text)' is no network and no file FILE.json; \(advice)")
        }
    }
}

/// The option that chooses the network, and those that change it.
struct NetworkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The network: \(NetworkName.names), or a JSON file of layers. (default: that of saved weights, otherwise seed)",
            valueName: "name|file"),
        transform: NetworkName.init)
    var network: NetworkName?

    @OptionGroup var variant: NetworkVariant

    /// The network, whose file is read.
    ///
    /// - Parameter weights: Saved weights, whose network is used unless a flag names another one.
    func read(like weights: WeightFile? = nil) throws -> NetworkChoice {
        if network == nil, variant.width == nil, variant.shortcut == nil, let stated = try weights?.statedNetwork() {
            return NetworkChoice(source: .layers(stated))
        }
        return try variant.read(network ?? .named(.seed))
    }
}

/// The options that change a network.
struct NetworkVariant: ParsableArguments {
    @Option(
        "\(Hyperparameter.width.help) (default: 1)", OptionValue.hyperparameter(.width))
    var width: Double?

    @Option(
        help: ArgumentHelp(
            "The shortcuts of resnet8, resnet20 and resnet56 that change the channels: pad (zeros, no parameters) or "
                + "projection (a convolution). (default: pad)"))
    var shortcut: BlockShortcut?

    /// A network with these changes, whose file is read.
    func read(_ name: NetworkName) throws -> NetworkChoice {
        let source: NetworkChoice.Source
        switch name {
        case .named(let network):
            guard shortcut == nil || network.hasChoiceOfShortcuts else {
                throw ValidationError(
                    "--shortcut: the shortcuts of \(network.rawValue) can't be chosen; those of "
                        + NamedNetwork.allCases.filter(\.hasChoiceOfShortcuts).map(\.rawValue).joined(separator: ", ")
                        + " can")
            }
            source = .named(network, shortcut: shortcut ?? .pad)
        case .file(let path):
            guard shortcut == nil else {
                throw ValidationError("--shortcut: the layers of a file have their shortcuts; change the file")
            }
            source = .layers(try JSONFile(path).read(NetworkFile.self, entries: ["layers": "layer"]))
        }
        return NetworkChoice(source: source, width: width ?? 1)
    }
}
