import Backend

/// A dropout with masks, and the copy of an evaluation.
struct DropoutCase: ParityOperation {
    let operation = CheckedOperation.dropout
    var sample: SampleShape
    /// `N`.
    var capacity: Int
    var start: Int
    var counts: SampleCounts

    var poisonable: [String] { ["input"] }
    var description: String { "\(sample), \(counts.perModel) of \(capacity) samples from \(start) on" }

    private func shape(_ models: Int) -> ActivationShape {
        ActivationShape(models: models, samples: capacity, sample: sample)
    }

    private func masks(_ models: Int) -> MaskShape {
        MaskShape(models: models, samples: start + capacity, values: sample.count)
    }

    /// The first model drops nothing.
    ///
    /// The numbers of a mask are halves of its words, which fp32 holds.
    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: sample.count + capacity)
        let halves = 2 * masks(models).samples * masks(models).wordsPerSample
        return Tensors([
            "input": randoms.activation(shape(models), counts: counts),
            "masks": StackTensor(
                models: models, count: halves,
                (0..<models * halves).map { $0 < halves ? 65_535 : Float(randoms.integer(below: 65_536)) }),
            "scales": StackTensor(models: models, count: 1, (0..<models).map { 1 + Float($0) / 3 }),
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let masks = try backend.makeMasks(masks(counts.models))
        let words = (0..<counts.models).map { model in
            let halves = Array(inputs["masks"].values(of: model))
            // The masks of a model end with the last sample of its order.
            return (0..<(start + counts.perModel[model]) * masks.shape.wordsPerSample).map {
                UInt32(halves[2 * $0]) << 16 | UInt32(halves[2 * $0 + 1])
            }
        }
        try backend.write(words, to: masks)
        let input = try backend.upload(activation: inputs["input"])
        let scales = try backend.upload(inputs["scales"]).storage
        let (dropped, copied) = (
            try backend.staleActivation(shape(counts.models)), try backend.staleActivation(shape(counts.models))
        )
        try backend.dropout(masks, start: start, scales: scales, input: input, counts: counts, output: dropped)
        try backend.dropout(nil, start: start, scales: scales, input: input, counts: counts, output: copied)
        return Tensors([
            "dropped": try backend.download(dropped, counts: counts),
            "copied": try backend.download(copied, counts: counts),
        ])
    }

    /// A product, and the reference's rounding; what is copied is the same.
    func tolerances(_ inputs: Tensors, expected: Tensors) -> [String: [Double]] {
        ["dropped": expected["dropped"].values.map { 2 * Tolerance.u * abs(Double($0)) + Tolerance.flushed(1) }]
    }

    static let all: [DropoutCase] = [
        DropoutCase(
            sample: SampleShape(channels: 16, image: Extent(6)), capacity: 64, start: 128,
            counts: SampleCounts([64, 33, 1, 0, 15])),
        DropoutCase(
            sample: SampleShape(channels: 7, image: Extent(1)), capacity: 17, start: 0, counts: SampleCounts([17, 16])),
        DropoutCase(
            sample: SampleShape(channels: 3, image: Extent(height: 3, width: 11)), capacity: 5, start: 2,
            counts: SampleCounts([0, 5])),
        DropoutCase(
            sample: SampleShape(channels: 1, image: Extent(1)), capacity: 1, start: 0, counts: SampleCounts([1])),
    ]
}

extension ParityCheck {
    static let dropoutChecks = DropoutCase.checks(DropoutCase.all)
}
