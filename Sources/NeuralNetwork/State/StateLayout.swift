import Backend

/// One entry of a network's state dictionary.
package struct StateEntry: Sendable, Equatable {
    /// What the numbers are, which decides where they live and how they start.
    package enum Role: Sendable, Equatable {
        /// Weights or biases of a layer whose outputs each read `fanIn` inputs.
        case weight(fanIn: Int)
        case normWeight, normBias
        case runningMean, runningVariance
        /// The number of steps that batch norm has seen: an int64 scalar, kept on the host.
        case batchesTracked

        /// Whether SGD updates the numbers.
        fileprivate var isTrainable: Bool {
            switch self {
            case .weight, .normWeight, .normBias: true
            case .runningMean, .runningVariance, .batchesTracked: false
            }
        }
    }

    /// The name in PyTorch's `state_dict()`.
    package let name: String
    package let shape: [Int]
    package let role: Role
    /// Where the numbers begin among the parameters or the running statistics of a model.
    package let offset: Int

    package var count: Int { shape.reduce(1, *) }

    /// Whether SGD updates the numbers.
    package var isTrainable: Bool { role.isTrainable }
}

/// The state dictionary's names and shapes, in PyTorch's order, and where each entry lives.
///
/// ``NetworkPlan`` adds the entries of one layer after another.
///
/// All trainable parameters of a model are one array, so that an SGD step is one operation; its running statistics are
/// another.
package struct StateLayout: Sendable {
    package private(set) var entries: [StateEntry] = []
    /// Trainable numbers of a model.
    package private(set) var parameterCount = 0
    /// Running means and variances of a model.
    package private(set) var statisticCount = 0
    private var indices: [String: Int] = [:]

    func contains(_ name: String) -> Bool { indices[name] != nil }

    /// The entry of a name that is known to be there.
    package subscript(name: String) -> StateEntry {
        guard let index = indices[name] else { preconditionFailure("no entry '\(name)' in the state dictionary") }
        return entries[index]
    }

    /// Adds the weights of a convolution, and its bias.
    mutating func add(_ convolution: Convolution, _ name: String, bias: Bool) {
        let kernel = convolution.kernel
        let role = StateEntry.Role.weight(fanIn: convolution.inputChannels * kernel.area)
        add(
            "\(name).weight", [convolution.outputChannels, convolution.inputChannels, kernel.height, kernel.width], role
        )
        if bias { add("\(name).bias", [convolution.outputChannels], role) }
    }

    /// Adds the weights and the bias of a linear layer.
    mutating func addLinear(inputs: Int, outputs: Int, _ name: String) {
        let role = StateEntry.Role.weight(fanIn: inputs)
        add("\(name).weight", [outputs, inputs], role)
        add("\(name).bias", [outputs], role)
    }

    /// Adds the numbers of a batch norm.
    mutating func addBatchNorm(_ channels: Int, _ name: String) {
        add("\(name).weight", [channels], .normWeight)
        add("\(name).bias", [channels], .normBias)
        add("\(name).running_mean", [channels], .runningMean)
        add("\(name).running_var", [channels], .runningVariance)
        add("\(name).num_batches_tracked", [], .batchesTracked)
    }

    private mutating func add(_ name: String, _ shape: [Int], _ role: StateEntry.Role) {
        let entry = StateEntry(
            name: name, shape: shape, role: role, offset: role.isTrainable ? parameterCount : statisticCount)
        indices[name] = entries.count
        entries.append(entry)
        if role.isTrainable {
            parameterCount += entry.count
        } else if role != .batchesTracked {
            statisticCount += entry.count
        }
    }
}
