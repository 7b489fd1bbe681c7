import Backend
import JSON
import Platform

/// An object in a list of layers: a layer, or a block of a residual network, which is two.
struct LayerEntry {
    let layers: [NetworkLayer]

    /// The types besides those of layers: blocks with torchvision's names.
    private enum BlockType: String, CaseIterable {
        case basicBlock = "basic_block"
        case bottleneck
    }

    private static let types = KnownWords(
        LayerType.allCases.map(\.rawValue) + BlockType.allCases.map(\.rawValue),
        synonyms: [
            "conv": "convolution", "conv2d": "convolution", "batchnorm": "batch_norm", "batchnorm2d": "batch_norm",
            "bn": "batch_norm", "norm": "batch_norm", "maxpool": "max_pool", "maxpool2d": "max_pool",
            "maxpooling": "max_pool", "avgpool": "average_pool", "avgpool2d": "average_pool",
            "avg_pool": "average_pool", "adaptiveavgpool2d": "global_average_pool",
            "global_avg_pool": "global_average_pool", "gap": "global_average_pool", "dense": "linear", "fc": "linear",
            "block": "residual", "resblock": "residual", "basicblock": "basic_block", "activation": "relu",
        ])

    /// Words of other programs for members.
    private static let synonyms = [
        "out_channels": "outputs", "out_features": "outputs", "filters": "outputs", "features": "outputs",
        "units": "outputs", "kernel_size": "kernel", "size": "kernel", "strides": "stride", "pad": "padding",
        "eps": "epsilon", "use_bias": "bias", "layers": "body", "downsample": "shortcut", "planes": "channels",
        "p": "probability", "rate": "probability", "outputs": "channels", "channels": "outputs", "kind": "type",
        "id": "name",
    ]

    private static let shortcuts = KnownWords(
        ["identity"] + BlockShortcut.allCases.map(\.rawValue),
        synonyms: ["none": "identity", "padded": "pad", "zero": "pad", "a": "pad", "b": "projection"])
}

// MARK: - Reading

extension LayerEntry: Decodable {
    init(from decoder: any Decoder) throws {
        let members = try LayerMembers(decoder)
        let type = try members.text("type")
        if let block = BlockType(rawValue: type) {
            try members.require(["name", "type", "channels", "stride", "shortcut"], synonyms: Self.synonyms)
            let make = block == .bottleneck ? NetworkLayer.bottleneck : NetworkLayer.basicBlock
            layers = make(
                try members.name(), try members.number("channels", 1...LayerMembers.most),
                try members.number("stride", 1...LayerMembers.side, default: 1), try Self.blockShortcut(members))
        } else if let kind = LayerType(rawValue: type) {
            try members.require(["name", "type"] + Self.members(of: kind), synonyms: Self.synonyms)
            let name = Self.hasState(kind) ? try members.name() : try members.name(default: type)
            layers = [NetworkLayer(name, try Self.kind(kind, members))]
        } else {
            throw NetworkFileError("there is no type \"\(type)\"; \(Self.types.advice(for: type))")
        }
    }

    /// Whether the name is a part of the state dictionary.
    private static func hasState(_ type: LayerType) -> Bool {
        switch type {
        case .convolution, .batchNorm, .residual, .linear: true
        case .relu, .maxPool, .averagePool, .globalAveragePool, .dropout, .flatten: false
        }
    }

    private static func members(of type: LayerType) -> [String] {
        switch type {
        case .convolution: ["outputs", "kernel", "stride", "padding", "bias"]
        case .batchNorm: ["epsilon", "momentum"]
        case .maxPool, .averagePool: ["kernel", "stride"]
        case .residual: ["body", "shortcut", "stride", "shortcut_first"]
        case .dropout: ["probability"]
        case .linear: ["outputs"]
        case .relu, .globalAveragePool, .flatten: []
        }
    }

    private static func kind(_ type: LayerType, _ members: LayerMembers) throws -> NetworkLayer.Kind {
        switch type {
        case .convolution:
            return .convolution(
                outputs: try members.number("outputs", 1...LayerMembers.most), kernel: try members.extent("kernel", 1),
                stride: try members.extent("stride", 1, default: Extent(1)),
                padding: try members.extent("padding", 0, default: Extent(0)),
                bias: try members.truth("bias", default: true))
        case .batchNorm:
            let norm = BatchNorm()
            return .batchNorm(
                BatchNorm(
                    epsilon: try members.fraction("epsilon", default: norm.epsilon),
                    momentum: try members.fraction("momentum", default: norm.momentum)))
        case .relu: return .relu
        case .maxPool:
            let kernel = try members.extent("kernel", 1)
            return .maxPool(MaxPool(kernel: kernel, stride: try members.extent("stride", 1, default: kernel)))
        case .averagePool:
            let kernel = try members.extent("kernel", 1)
            return .averagePool(AveragePool(kernel: kernel, stride: try members.extent("stride", 1, default: kernel)))
        case .globalAveragePool: return .globalAveragePool
        case .dropout: return .dropout(probability: try members.probability("probability"))
        case .residual:
            return .residual(
                ResidualBlock(
                    body: try members.layers("body"), shortcut: try shortcut(members),
                    isShortcutFirst: try members.truth("shortcut_first", default: false)))
        case .flatten: return .flatten
        case .linear: return .linear(outputs: try members.number("outputs", 1...LayerMembers.most, default: nil))
        }
    }

    /// The shortcut of a residual block: `"identity"`, `"pad"`, or a list of layers.
    private static func shortcut(_ members: LayerMembers) throws -> ResidualBlock.Shortcut {
        if members.isList("shortcut") {
            try members.refuseStride(of: "a list of layers")
            return .projection(try members.layers("shortcut"))
        }
        switch try members.text("shortcut", default: "identity") {
        case "identity":
            try members.refuseStride(of: "\"identity\"")
            return .identity
        case "pad": return .padded(stride: try members.extent("stride", 1, default: Extent(1)))
        case let other:
            let known = KnownWords(["identity", "pad"], synonyms: ["none": "identity", "padded": "pad"])
            throw NetworkFileError(
                "shortcut is \"\(other)\", and must be \"identity\", \"pad\" or a list of layers; "
                    + known.advice(for: other))
        }
    }

    /// The shortcut of a block with torchvision's names; nil for the input itself.
    private static func blockShortcut(_ members: LayerMembers) throws -> BlockShortcut? {
        let text = try members.text("shortcut", default: "identity")
        if text == "identity" { return nil }
        guard let shortcut = BlockShortcut(rawValue: text) else {
            throw NetworkFileError("there is no shortcut \"\(text)\"; \(shortcuts.advice(for: text))")
        }
        return shortcut
    }
}

// MARK: - Writing

extension LayerEntry: Encodable {
    func encode(to encoder: any Encoder) throws {
        for layer in layers { try Self.encode(layer, to: encoder) }
    }

    private static func encode(_ layer: NetworkLayer, to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: MemberName.self)
        try members.encode(layer.name, forKey: "name")
        try members.encode(layer.kind.type.rawValue, forKey: "type")
        switch layer.kind {
        case .convolution(let outputs, let kernel, let stride, let padding, let bias):
            try members.encode(outputs, forKey: "outputs")
            try members.encode(FileExtent(kernel), forKey: "kernel")
            try members.encode(FileExtent(stride), forKey: "stride")
            try members.encode(FileExtent(padding), forKey: "padding")
            try members.encode(bias, forKey: "bias")
        case .batchNorm(let norm):
            try members.encode(norm.epsilon, forKey: "epsilon")
            try members.encode(norm.momentum, forKey: "momentum")
        case .maxPool(let pool):
            try members.encode(FileExtent(pool.kernel), forKey: "kernel")
            try members.encode(FileExtent(pool.stride), forKey: "stride")
        case .averagePool(let pool):
            try members.encode(FileExtent(pool.kernel), forKey: "kernel")
            try members.encode(FileExtent(pool.stride), forKey: "stride")
        case .residual(let block):
            try members.encode(LayerList(block.body), forKey: "body")
            switch block.shortcut {
            case .identity: try members.encode("identity", forKey: "shortcut")
            case .projection(let layers): try members.encode(LayerList(layers), forKey: "shortcut")
            case .padded(let stride):
                try members.encode("pad", forKey: "shortcut")
                try members.encode(FileExtent(stride), forKey: "stride")
            }
            try members.encode(block.isShortcutFirst, forKey: "shortcut_first")
        case .linear(let outputs):
            if let outputs { try members.encode(outputs, forKey: "outputs") }
        case .dropout(let probability):
            if let probability { try members.encode(probability, forKey: "probability") }
        case .relu, .globalAveragePool, .flatten: break
        }
    }
}
