package import NeuralNetwork

/// What a stack of trainings needs to go on after an epoch.
///
/// There is no state of a random generator in it. Orders, changes of images and masks of dropouts are drawn for each epoch anew,
/// from a key that has the number of the epoch (``epochOrder(_:seed:fold:epoch:replicate:)``). Learning rates come from the number
/// of the step.
package struct StackCheckpoint: Sendable, Equatable {
    /// The training of one fold.
    package struct Model: Sendable, Equatable {
        /// Parameters and running statistics.
        package let state: StateDictionary

        /// The momentum buffer, in the order of the parameters; empty for plain SGD.
        package let velocities: [Float]

        /// The scores on the validation samples so far.
        package let scores: [Score]
    }

    /// The trainings of one configuration.
    package struct Member: Sendable, Equatable {
        /// Whether they were stopped early.
        package let isStopped: Bool

        /// One for each fold.
        package let models: [Model]
    }

    /// What a run expects of a checkpoint.
    package struct Shape: Sendable {
        /// The numbers of a model.
        package let layout: StateLayout

        /// The number of folds of a configuration.
        package let folds: Int

        /// The epochs of a whole training.
        package let epochs: Int

        /// Whether every epoch ends with a validation, not only the last one.
        package let isScoredEveryEpoch: Bool
    }

    /// The number of finished epochs, at least 1.
    package let epochs: Int

    /// The configurations of the stack.
    package let members: [Member]

    /// The models of all members.
    var models: [Model] { members.flatMap(\.models) }

    /// The checkpoint of a stack of some of the members, which has the same bits.
    package func choosing(_ indices: [Int]) -> StackCheckpoint {
        StackCheckpoint(epochs: epochs, members: indices.map { members[$0] })
    }
}

/// Keeps the checkpoint of the stack that a cross-validation trains now.
package protocol CheckpointStore {
    /// The checkpoint of a stack of these configurations; nil if there is none that can be used.
    ///
    /// - Parameter configurations: their indices in the run.
    func restore(_ configurations: [Int], as shape: StackCheckpoint.Shape) throws -> StackCheckpoint?

    /// Replaces the checkpoint, after an epoch.
    func save(_ checkpoint: StackCheckpoint, of configurations: [Int]) throws

    /// Removes the checkpoint, after all of its configurations are finished.
    func remove() throws
}

/// The checkpoints of one stack.
struct StackCheckpoints {
    let store: any CheckpointStore
    /// The indices of the configurations of the stack in the run.
    let configurations: [Int]

    func restore(as shape: StackCheckpoint.Shape) throws -> StackCheckpoint? {
        try store.restore(configurations, as: shape)
    }

    func save(_ checkpoint: StackCheckpoint) throws { try store.save(checkpoint, of: configurations) }
}
