package import Backend

/// A stack of activations as `[model][sample][channel][row][column]`.
package final class ReferenceActivation: ActivationStorage {
    package let shape: ActivationShape
    /// The numbers in Double, for every precision.
    package var values: [Double]

    init(_ shape: ActivationShape) {
        self.shape = shape
        values = Array(repeating: 0, count: shape.count)
    }

    /// One number.
    subscript(model: Int, sample: Int, channel: Int, row: Int, column: Int) -> Double {
        get { values[index(model, sample, channel, row, column)] }
        set { values[index(model, sample, channel, row, column)] = newValue }
    }

    /// One number of a sample, as a row of `C H W` features.
    subscript(model: Int, sample: Int, feature: Int) -> Double {
        get { values[(model * shape.samples + sample) * shape.valuesPerSample + feature] }
        set { values[(model * shape.samples + sample) * shape.valuesPerSample + feature] = newValue }
    }

    /// The numbers of one sample, `[channel][row][column]`.
    func values(of model: Int, _ sample: Int) -> [Double] {
        let start = (model * shape.samples + sample) * shape.valuesPerSample
        return Array(values[start..<start + shape.valuesPerSample])
    }

    private func index(_ model: Int, _ sample: Int, _ channel: Int, _ row: Int, _ column: Int) -> Int {
        (((model * shape.samples + sample) * shape.channels + channel) * shape.image.height + row) * shape.image.width
            + column
    }

    /// Calls `body` with the index of every value of the samples.
    func forEachValue(
        _ counts: SampleCounts, _ body: (_ model: Int, _ sample: Int, _ channel: Int, _ row: Int, _ column: Int) -> Void
    ) {
        for model in 0..<shape.models {
            for sample in 0..<counts.perModel[model] {
                for channel in 0..<shape.channels {
                    for row in 0..<shape.image.height {
                        for column in 0..<shape.image.width { body(model, sample, channel, row, column) }
                    }
                }
            }
        }
    }

    /// Sets the padding samples, those beyond each model's count, to zero.
    func clearPadding(_ counts: SampleCounts) {
        for model in 0..<shape.models {
            for sample in counts.perModel[model]..<shape.samples {
                for feature in 0..<shape.valuesPerSample { self[model, sample, feature] = 0 }
            }
        }
    }
}

/// `count` numbers for each model, `[model][count]`.
package final class ReferenceParameters: ParameterStorage {
    package let models: Int
    package let count: Int
    /// The numbers in Double, for every precision.
    package var values: [Double]

    init(models: Int, count: Int) {
        self.models = models
        self.count = count
        values = Array(repeating: 0, count: models * count)
    }
}

extension ParameterSlice<ReferenceParameters> {
    /// The slice of one model.
    func values(of model: Int) -> [Double] {
        let start = model * storage.count + offset
        return Array(storage.values[start..<start + count])
    }

    /// Number `index` of the slice in one model.
    subscript(model: Int, index: Int) -> Double {
        get { storage.values[model * storage.count + offset + index] }
        nonmutating set { storage.values[model * storage.count + offset + index] = newValue }
    }
}

extension ReferenceBackend: StorageOperations {
    package typealias Activation = ReferenceActivation
    package typealias Parameters = ReferenceParameters
    package typealias Slice = ParameterSlice<ReferenceParameters>

    // The reference has no memory to share.
    package func makeMemory(bytes: Int) throws(BackendError) {}

    package func byteCount(of shape: ActivationShape) -> Int { 8 * shape.count }

    package func makeActivation(
        _ shape: ActivationShape, in memory: Void
    ) throws(BackendError) -> ReferenceActivation {
        ReferenceActivation(shape)
    }

    package func uncheckedWrite(_ values: [Float], to activation: ReferenceActivation) throws(BackendError) {
        activation.values = values.map(Double.init)
    }

    package func read(_ activation: ReferenceActivation) throws(BackendError) -> [Float] {
        activation.values.map(Float.init)
    }

    package func makeParameters(models: Int, count: Int) throws(BackendError) -> ReferenceParameters {
        ReferenceParameters(models: models, count: count)
    }

    package func uncheckedWrite(_ values: [Float], to parameters: ReferenceParameters) throws(BackendError) {
        parameters.values = values.map(Double.init)
    }

    package func read(_ parameters: ReferenceParameters) throws(BackendError) -> [Float] {
        parameters.values.map(Float.init)
    }

    package func synchronize() throws(BackendError) {}
}
