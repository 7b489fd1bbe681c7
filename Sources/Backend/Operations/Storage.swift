/// Activations of a stack, in whatever layout the backend likes.
package protocol ActivationStorage: AnyObject {
    var shape: ActivationShape { get }
}

/// `count` fp32 numbers for each of `models` models, `[model][count]`, in the order the caller gives them.
///
/// One storage holds all the trainable parameters of a stack, another their gradients, a third the running statistics;
/// operations take a ``ParameterSlice`` of them.
package protocol ParameterStorage: AnyObject {
    var models: Int { get }
    var count: Int { get }
}

/// The same `count` consecutive numbers of every model of a storage: one weight tensor, flattened in PyTorch's order.
package struct ParameterSlice<Parameters: ParameterStorage> {
    package let storage: Parameters
    /// Where the slice begins in each model's numbers.
    package let offset: Int
    package let count: Int

    package init(_ storage: Parameters, offset: Int, count: Int) {
        precondition(
            offset >= 0 && count >= 0 && offset + count <= storage.count,
            "a slice \(offset)..<\(offset + count) of \(storage.count) numbers")
        self.storage = storage
        self.offset = offset
        self.count = count
    }

    /// All the numbers of a storage.
    package init(_ storage: Parameters) {
        self.init(storage, offset: 0, count: storage.count)
    }

    /// Throws unless the slice is for `models` models and holds `count` numbers of each.
    package func validate(models: Int, count: Int, _ what: String, operation: String) throws(BackendError) {
        guard storage.models == models, self.count == count else {
            throw .shapeMismatch(
                operation: operation, expected: "\(what) [\(models), \(count)]",
                found: "[\(storage.models), \(self.count)]")
        }
    }
}

/// Memory on the device, and the way in and out of it.
package protocol StorageOperations {
    associatedtype Activation: ActivationStorage
    associatedtype Parameters: ParameterStorage
    typealias Slice = ParameterSlice<Parameters>

    /// Room for a stack of activations, filled with zeros.
    func makeActivation(_ shape: ActivationShape) throws(BackendError) -> Activation

    /// The same, if the backend likes in the memory of another activation for as many models or more of the same extents:
    /// whatever is written to one of the two may destroy the other.
    func makeActivation(_ shape: ActivationShape, sharing other: Activation) throws(BackendError) -> Activation

    /// Fills an activation from `[model][sample][channel][row][column]`.
    func write(_ values: [Float], to activation: Activation) throws(BackendError)

    /// The activation as `[model][sample][channel][row][column]`, once everything before has run.
    func read(_ activation: Activation) throws(BackendError) -> [Float]

    /// Room for `count` numbers of each model, filled with zeros.
    func makeParameters(models: Int, count: Int) throws(BackendError) -> Parameters

    /// Fills parameters from `[model][count]`.
    func write(_ values: [Float], to parameters: Parameters) throws(BackendError)

    /// The parameters as `[model][count]`, once everything before has run.
    func read(_ parameters: Parameters) throws(BackendError) -> [Float]

    /// Waits until everything before has run.
    func synchronize() throws(BackendError)
}

extension StorageOperations {
    /// In memory of its own.
    package func makeActivation(
        _ shape: ActivationShape, sharing other: Activation
    ) throws(BackendError) -> Activation {
        try makeActivation(shape)
    }
}
