package import Backend

/// The numbers of each model as `[model][count]` floats.
package final class CPUParameters: ParameterStorage {
    package let models: Int
    package let count: Int
    private let memory: AlignedMemory<Float>

    init(models: Int, count: Int) throws(BackendError) {
        self.models = models
        self.count = count
        self.memory = try AlignedMemory(count: models * count)
    }

    /// The numbers of one model.
    func model(_ model: Int) -> UnsafeMutablePointer<Float> {
        memory.pointer + model * count
    }
}

extension ParameterSlice<CPUParameters> {
    /// The numbers of the slice in one model.
    func model(_ model: Int) -> UnsafeMutablePointer<Float> {
        storage.model(model) + offset
    }
}

/// An unowned reference to a parameter slice.
///
/// It is valid during the lifetime of the storage.
struct SliceValues: BitwiseCopyable {
    private let start: UnsafeMutablePointer<Float>
    private let stride: Int

    init(_ slice: ParameterSlice<CPUParameters>) {
        start = slice.model(0)
        stride = slice.storage.count
    }

    /// One number of a model.
    subscript(model: Int, index: Int) -> Float {
        get { start[model * stride + index] }
        nonmutating set { start[model * stride + index] = newValue }
    }
}

extension CPUBackend {
    package func makeParameters(models: Int, count: Int) throws(BackendError) -> CPUParameters {
        try CPUParameters(models: models, count: count)
    }

    package func uncheckedWrite(_ values: [Float], to parameters: CPUParameters) throws(BackendError) {
        values.withUnsafeBufferPointer { source in
            guard let first = source.baseAddress else { return }
            parameters.model(0).update(from: first, count: values.count)
        }
    }

    package func read(_ parameters: CPUParameters) throws(BackendError) -> [Float] {
        Array(UnsafeBufferPointer(start: parameters.model(0), count: parameters.models * parameters.count))
    }

    /// Does nothing: every operation is complete when its call returns.
    package func synchronize() throws(BackendError) {}
}
