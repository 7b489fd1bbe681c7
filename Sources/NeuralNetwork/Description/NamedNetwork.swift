package import Backend

/// The networks that have a name.
///
/// A named network takes the extent of the images and the number of classes from the data.
package enum NamedNetwork: String, Sendable, CaseIterable {
    /// The network of the original program.
    case seed
    /// ResNet-8, ResNet-20 and ResNet-56 for CIFAR.
    case resnet8, resnet20, resnet56
    /// torchvision's networks for small images.
    case resnet18, resnet50

    /// Whether the shortcuts that change the channels can be chosen.
    package var hasChoiceOfShortcuts: Bool { blocksPerStage != nil }

    /// The residual blocks of a stage of a network for CIFAR; nil for the others.
    private var blocksPerStage: Int? {
        switch self {
        case .resnet8: 1
        case .resnet20: 3
        case .resnet56: 9
        case .seed, .resnet18, .resnet50: nil
        }
    }

    /// The network for images of a shape.
    ///
    /// - Parameter shortcut: the shortcuts that change the channels, for networks that have the choice
    ///   (``hasChoiceOfShortcuts``).
    /// - Throws: ``NetworkError`` if the network can't take such images, or not that many classes.
    package func description(
        for input: SampleShape, classes: Int, shortcut: BlockShortcut = .pad
    ) throws(NetworkError) -> NetworkDescription {
        let description: NetworkDescription
        switch self {
        case .seed:
            guard input.channels == 1 else {
                throw NetworkError(rawValue, layer: "conv1", "takes images of one channel, not of \(input.channels)")
            }
            description = .seed(for: input, classes: classes)
        case .resnet8, .resnet20, .resnet56:
            let name = shortcut == .pad ? rawValue : "\(rawValue)-\(shortcut.rawValue)"
            description = .resNetForCIFAR(
                name, blocksPerStage: blocksPerStage ?? 0, shortcut: shortcut, input: input, classes: classes)
        case .resnet18:
            description = .resNetOfTorchvision(
                rawValue, blocks: [2, 2, 2, 2], isBottleneck: false, input: input, classes: classes)
        case .resnet50:
            description = .resNetOfTorchvision(
                rawValue, blocks: [3, 4, 6, 3], isBottleneck: true, input: input, classes: classes)
        }
        _ = try NetworkPlan(description)
        return description
    }
}
