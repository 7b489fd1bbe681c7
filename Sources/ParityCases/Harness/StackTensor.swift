package import Backend

/// The numbers of a stack of models, one model after another: an input or a result of an operation.
package struct StackTensor: Sendable {
    /// The layout of the numbers of one model.
    enum Layout: Sendable {
        /// `[sample][channel][row][column]`, of the shape without its model axis.
        case activation(samples: Int, channels: Int, image: Extent)
        /// Any numbers.
        case parameters(count: Int)
    }

    let layout: Layout
    let models: Int
    var values: [Float]

    init(_ shape: ActivationShape, _ values: [Float]) {
        precondition(values.count == shape.count)
        layout = .activation(samples: shape.samples, channels: shape.channels, image: shape.image)
        models = shape.models
        self.values = values
    }

    package init(models: Int, count: Int, _ values: [Float]) {
        precondition(values.count == models * count)
        layout = .parameters(count: count)
        self.models = models
        self.values = values
    }

    var valuesPerModel: Int { values.count / models }

    /// The shape of an activation.
    ///
    /// - Precondition: the tensor is one.
    var shape: ActivationShape {
        guard case .activation(let samples, let channels, let image) = layout else {
            preconditionFailure("parameters have no activation shape")
        }
        return ActivationShape(models: models, samples: samples, channels: channels, image: image)
    }

    /// The numbers of one model.
    func values(of model: Int) -> ArraySlice<Float> {
        values[model * valuesPerModel..<(model + 1) * valuesPerModel]
    }

    /// One model as a stack of one.
    func model(_ model: Int) -> StackTensor {
        StackTensor(layout: layout, models: 1, values: Array(values(of: model)))
    }

    private init(layout: Layout, models: Int, values: [Float]) {
        self.layout = layout
        self.models = models
        self.values = values
    }

    /// The tensor with the values of `filler` in its padding samples, those beyond a model's count.
    func paddingFilled(_ counts: SampleCounts, with filler: (_ index: Int) -> Float) -> StackTensor {
        var filled = self
        let shape = shape
        for model in 0..<models {
            for sample in counts.perModel[model]..<shape.samples {
                let start = (model * shape.samples + sample) * shape.valuesPerSample
                for index in start..<start + shape.valuesPerSample { filled.values[index] = filler(index) }
            }
        }
        return filled
    }

    /// Two indices of one model's numbers that an operation on `samples` samples reads: the first, and one in the middle (of the
    /// last sample).
    func poisonIndices(samples: Int) -> [Int] {
        switch layout {
        case .activation(_, let channels, let image):
            let valuesPerSample = channels * image.area
            return [0, (samples - 1) * valuesPerSample + valuesPerSample / 2]
        case .parameters(let count):
            return [0, count / 2]
        }
    }

    func map(_ transform: (Float) -> Float) -> StackTensor {
        StackTensor(layout: layout, models: models, values: values.map(transform))
    }
}

/// The tensors of an operation by name.
struct Tensors: Sendable {
    private var tensors: [String: StackTensor]

    init(_ tensors: [String: StackTensor]) {
        self.tensors = tensors
    }

    /// The tensor of a name.
    ///
    /// - Precondition: there is one.
    subscript(name: String) -> StackTensor {
        get {
            guard let tensor = tensors[name] else { preconditionFailure("no tensor \(name)") }
            return tensor
        }
        set { tensors[name] = newValue }
    }

    var names: [String] { tensors.keys.sorted() }

    /// One model as a stack of one.
    func model(_ model: Int) -> Tensors {
        Tensors(tensors.mapValues { $0.model(model) })
    }

    func mapValues(_ transform: (Float) -> Float) -> Tensors {
        Tensors(tensors.mapValues { $0.map(transform) })
    }
}

/// Writing tensors to a backend and reading them.
extension Backend {
    func upload(activation tensor: StackTensor) throws(BackendError) -> Activation {
        let activation = try makeActivation(tensor.shape)
        try write(tensor.values, to: activation)
        return activation
    }

    package func upload(_ tensor: StackTensor) throws(BackendError) -> ParameterSlice<Parameters> {
        let parameters = try makeParameters(models: tensor.models, count: tensor.valuesPerModel)
        try write(tensor.values, to: parameters)
        return ParameterSlice(parameters)
    }

    /// An activation with the contents of an earlier step, which must be overwritten.
    func staleActivation(_ shape: ActivationShape) throws(BackendError) -> Activation {
        try upload(activation: StackTensor(shape, Array(repeating: -777, count: shape.count)))
    }

    /// Parameters with the contents of an earlier step, which must be overwritten: a slice in the middle of a storage.
    package func staleParameters(models: Int, count: Int) throws(BackendError) -> ParameterSlice<Parameters> {
        let margin = 3
        let storage = try makeParameters(models: models, count: count + 2 * margin)
        try write(Array(repeating: -777, count: models * storage.count), to: storage)
        return ParameterSlice(storage, offset: margin, count: count)
    }

    /// A whole activation, of an operation that sets padding samples to zero.
    func download(_ activation: Activation) throws(BackendError) -> StackTensor {
        StackTensor(activation.shape, try read(activation))
    }

    /// An activation with undefined padding samples, which are replaced by zeros.
    func download(_ activation: Activation, counts: SampleCounts) throws(BackendError) -> StackTensor {
        try download(activation).paddingFilled(counts) { _ in 0 }
    }

    func download(_ slice: ParameterSlice<Parameters>) throws(BackendError) -> StackTensor {
        let all = try read(slice.storage)
        let values = (0..<slice.storage.models).flatMap { model in
            all[model * slice.storage.count + slice.offset..<model * slice.storage.count + slice.offset + slice.count]
        }
        return StackTensor(models: slice.storage.models, count: slice.count, values)
    }

    /// Parameters that are undefined for models without samples, where they are replaced by zeros.
    func download(_ slice: ParameterSlice<Parameters>, counts: SampleCounts) throws(BackendError) -> StackTensor {
        var tensor = try download(slice)
        for model in 0..<tensor.models where counts.perModel[model] == 0 {
            for index in model * tensor.valuesPerModel..<(model + 1) * tensor.valuesPerModel {
                tensor.values[index] = 0
            }
        }
        return tensor
    }
}
