package import NeuralNetwork

/// What the models of a stack have in common: the shapes of their steps.
struct StackKind: Hashable {
    var batchSize: Int
    var width: Double
    /// Whether the training adds a dropout to the network.
    var hasDropout: Bool
}

extension TrainingConfiguration {
    /// The stack that the configuration trains in.
    var stackKind: StackKind {
        StackKind(batchSize: batchSize, width: width, hasDropout: step.dropout > 0)
    }
}

extension NetworkPlan {
    /// The network that a configuration trains: of its width, and with a dropout if it asks for one.
    ///
    /// - Throws: `NetworkError` for a network that is too large.
    package func variant(for configuration: TrainingConfiguration) throws(NetworkError) -> NetworkPlan {
        guard configuration.width != 1 || configuration.step.dropout > 0 else { return self }
        let scaled = description.scaled(by: configuration.width)
        return try NetworkPlan(configuration.step.dropout > 0 ? scaled.withDropout() : scaled)
    }
}
