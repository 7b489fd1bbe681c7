import Backend

/// An average-pooling with its gradient.
struct AveragePoolCase: ParityOperation {
    let operation = CheckedOperation.averagePool
    var name: String
    var pool: AveragePool
    var input: SampleShape
    /// `N`.
    var capacity: Int
    var counts: SampleCounts

    var poisonable: [String] { ["input", "outputGradient"] }
    var description: String { "\(name): \(pool) on \(input), \(counts.perModel) of \(capacity) samples" }

    private func shapes(_ models: Int) -> (input: ActivationShape, output: ActivationShape) {
        func stack(_ image: Extent) -> ActivationShape {
            ActivationShape(models: models, samples: capacity, channels: input.channels, image: image)
        }
        return (stack(input.image), stack(pool.output(for: input.image)))
    }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: input.count + capacity)
        let shapes = shapes(models)
        return Tensors([
            "input": randoms.activation(shapes.input, counts: counts),
            "outputGradient": randoms.activation(shapes.output, counts: counts),
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let shapes = shapes(counts.models)
        let output = try backend.staleActivation(shapes.output)
        try backend.averagePool(
            pool, input: backend.upload(activation: inputs["input"]), counts: counts, output: output)
        let inputGradient = try backend.staleActivation(shapes.input)
        try backend.averagePoolGradient(
            pool, outputGradient: backend.upload(activation: inputs["outputGradient"]), counts: counts,
            inputGradient: inputGradient)
        return Tensors([
            "output": try backend.download(output, counts: counts),
            "inputGradient": try backend.download(inputGradient, counts: counts),
        ])
    }

    /// A sum and a division (`5 u`).
    func tolerances(_ inputs: Tensors, expected: Tensors) throws(BackendError) -> [String: [Double]] {
        let magnitudes = try reference(inputs.mapValues(abs))
        let output = Tolerance.roundings(ofLongSum: pool.kernel.area) + 5
        // An input is in at most this many windows.
        let windows =
            ((pool.kernel.height - 1) / pool.stride.height + 1) * ((pool.kernel.width - 1) / pool.stride.width + 1)
        let gradient = Tolerance.roundings(ofSum: windows) + 5
        func bounds(_ name: String, _ roundings: Double, _ terms: Int) -> [Double] {
            magnitudes[name].values.map { roundings * Tolerance.u * Double($0) + Tolerance.flushed(terms) }
        }
        return [
            "output": bounds("output", output, pool.kernel.area),
            "inputGradient": bounds("inputGradient", gradient, windows),
        ]
    }

    static let all: [AveragePoolCase] = [
        AveragePoolCase(
            name: "global", pool: AveragePool(global: Extent(8)), input: SampleShape(channels: 64, image: Extent(8)),
            capacity: 9, counts: SampleCounts([9, 1, 0])),
        AveragePoolCase(
            name: "global, not square", pool: AveragePool(global: Extent(height: 3, width: 5)),
            input: SampleShape(channels: 7, image: Extent(height: 3, width: 5)), capacity: 17,
            counts: SampleCounts([16, 17])),
        AveragePoolCase(
            name: "windows that overlap", pool: AveragePool(kernel: Extent(3), stride: Extent(2)),
            input: SampleShape(channels: 3, image: Extent(height: 8, width: 7)), capacity: 33,
            counts: SampleCounts([33, 5])),
        AveragePoolCase(
            name: "windows apart", pool: AveragePool(kernel: Extent(height: 2, width: 1), stride: Extent(3)),
            input: SampleShape(channels: 1, image: Extent(height: 9, width: 10)), capacity: 2,
            counts: SampleCounts([2, 1])),
        AveragePoolCase(
            name: "one pixel", pool: AveragePool(kernel: Extent(1), stride: Extent(1)),
            input: SampleShape(channels: 5, image: Extent(1)), capacity: 3, counts: SampleCounts([3])),
        AveragePoolCase(
            name: "large", pool: AveragePool(global: Extent(32)), input: SampleShape(channels: 2, image: Extent(32)),
            capacity: 4, counts: SampleCounts([4])),
    ]
}

extension ParityCheck {
    static let averagePoolChecks = AveragePoolCase.checks(AveragePoolCase.all)
}
