/// The activations of a stack, in the memory layout of the backend.
package protocol ActivationStorage: AnyObject {
    var shape: ActivationShape { get }
}

/// `count` fp32 numbers for each of `models` models, `[model][count]`, in the caller's order.
///
/// One storage holds all trainable parameters of a stack, another their gradients, a third the running statistics;
/// operations use a ``ParameterSlice`` of them.
package protocol ParameterStorage: AnyObject {
    var models: Int { get }
    var count: Int { get }
}

/// The same `count` consecutive numbers of every model of a storage, for example a weight tensor in PyTorch's order.
package struct ParameterSlice<Parameters: ParameterStorage> {
    package let storage: Parameters
    /// The index of the slice's first number among those of a model.
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

    /// All numbers of a storage.
    package init(_ storage: Parameters) {
        self.init(storage, offset: 0, count: storage.count)
    }

    /// Checks that the slice is for `models` models and has `count` numbers per model.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func validate(models: Int, count: Int, _ what: String, operation: String) throws(BackendError) {
        guard storage.models == models, self.count == count else {
            throw .shapeMismatch(
                operation: operation, expected: "\(what) [\(models), \(count)]",
                found: "[\(storage.models), \(self.count)]")
        }
    }
}

/// The requirements of a backend for memory on the device: allocation, reading and writing; callers use the checked functions of
/// the same names.
package protocol StorageOperations {
    /// A block of device memory, in which activations and workspaces are placed.
    ///
    /// Several of them may be placed in one block: those that are never used at the same time.
    associatedtype Memory
    associatedtype Activation: ActivationStorage
    associatedtype Parameters: ParameterStorage
    typealias Slice = ParameterSlice<Parameters>

    /// Allocates a block of memory, filled with zeros.
    func makeMemory(bytes: Int) throws(BackendError) -> Memory

    /// The size of an activation in bytes, in the memory layout of the backend.
    func byteCount(of shape: ActivationShape) -> Int

    /// Makes a stack of activations in a block of memory of at least ``byteCount(of:)`` bytes, whose contents it has.
    func makeActivation(_ shape: ActivationShape, in memory: Memory) throws(BackendError) -> Activation

    /// ``write(_:to:)-(_,Activation)`` without checks.
    func uncheckedWrite(_ values: [Float], to activation: Activation) throws(BackendError)

    /// The activation as `[model][sample][channel][row][column]`, after all previous operations have completed.
    func read(_ activation: Activation) throws(BackendError) -> [Float]

    /// Allocates `count` numbers per model, filled with zeros.
    func makeParameters(models: Int, count: Int) throws(BackendError) -> Parameters

    /// ``write(_:to:)-(_,Parameters)`` without checks.
    func uncheckedWrite(_ values: [Float], to parameters: Parameters) throws(BackendError)

    /// The parameters as `[model][count]`, after all previous operations have completed.
    func read(_ parameters: Parameters) throws(BackendError) -> [Float]

    /// Waits until all previous operations have completed.
    func synchronize() throws(BackendError)
}

extension StorageOperations {
    /// Allocates a stack of activations in memory of its own, filled with zeros.
    package func makeActivation(_ shape: ActivationShape) throws(BackendError) -> Activation {
        try makeActivation(shape, in: makeMemory(bytes: byteCount(of: shape)))
    }

    /// Writes an activation from `[model][sample][channel][row][column]`.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func write(_ values: [Float], to activation: Activation) throws(BackendError) {
        let shape = activation.shape
        guard values.count == shape.count else {
            throw .shapeMismatch(
                operation: "write activation", expected: "\(shape.count) values for \(shape)", found: "\(values.count)")
        }
        try uncheckedWrite(values, to: activation)
    }

    /// Writes parameters from `[model][count]`.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func write(_ values: [Float], to parameters: Parameters) throws(BackendError) {
        guard values.count == parameters.models * parameters.count else {
            throw .shapeMismatch(
                operation: "write parameters", expected: "[\(parameters.models), \(parameters.count)] values",
                found: "\(values.count)")
        }
        try uncheckedWrite(values, to: parameters)
    }
}
