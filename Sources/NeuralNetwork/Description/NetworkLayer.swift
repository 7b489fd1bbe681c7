package import Backend

/// One layer of a network, as data.
package struct NetworkLayer: Sendable, Equatable {
    /// The prefix of the layer's entries in PyTorch's `state_dict()`, and its name in errors.
    package var name: String
    package var kind: Kind

    package init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// What the layer computes.
    package enum Kind: Sendable, Equatable {
        /// PyTorch's `Conv2d`; the input channels follow from the layer before.
        case convolution(outputs: Int, kernel: Extent, stride: Extent, padding: Extent, bias: Bool)
        /// PyTorch's `BatchNorm2d`.
        case batchNorm(BatchNorm)
        case relu
        /// PyTorch's `MaxPool2d` without padding.
        case maxPool(MaxPool)
        /// PyTorch's `AvgPool2d` without padding.
        case averagePool(AveragePool)
        /// PyTorch's `AdaptiveAvgPool2d(1)`.
        case globalAveragePool
        /// `body(x) + shortcut(x)`.
        case residual(ResidualBlock)
        /// PyTorch's `Dropout`; nil for the probability that is the hyperparameter of a training.
        case dropout(probability: Double?)
        /// PyTorch's `Flatten`: what follows reads all values of a sample as features.
        case flatten
        /// PyTorch's `Linear`; the input features follow from the layer before. Nil outputs are one for each class.
        case linear(outputs: Int?)
    }

    /// A square convolution.
    package static func convolution(
        _ name: String, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int, bias: Bool
    ) -> NetworkLayer {
        NetworkLayer(
            name,
            .convolution(
                outputs: outputs, kernel: Extent(kernel), stride: Extent(stride), padding: Extent(padding), bias: bias))
    }

    /// A batch norm with PyTorch's settings.
    package static func batchNorm(_ name: String) -> NetworkLayer { NetworkLayer(name, .batchNorm(BatchNorm())) }

    package static func relu(_ name: String = "relu") -> NetworkLayer { NetworkLayer(name, .relu) }
}

/// The two ways of a residual block.
package struct ResidualBlock: Sendable, Equatable {
    /// Convolutions, batch norms, ReLUs and max-poolings, at least one of them.
    package var body: [NetworkLayer]
    package var shortcut: Shortcut
    /// Whether the parameters of the shortcut come before those of the body in `state_dict()`.
    package var isShortcutFirst = false

    /// The way beside the body.
    package enum Shortcut: Sendable, Equatable {
        /// The input itself.
        case identity
        /// Layers of the kinds that a body may have, as a rule a convolution and a batch norm.
        case projection([NetworkLayer])
        /// Every `stride`-th pixel with zero channels around those of the input: half of the new channels before them, rounded
        /// down, and the rest behind them.
        case padded(stride: Extent)
    }

    package init(body: [NetworkLayer], shortcut: Shortcut, isShortcutFirst: Bool = false) {
        self.body = body
        self.shortcut = shortcut
        self.isShortcutFirst = isShortcutFirst
    }
}
