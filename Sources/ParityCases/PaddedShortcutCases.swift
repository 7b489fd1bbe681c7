import Backend

/// A padded shortcut with its gradient.
struct PaddedShortcutCase: ParityOperation {
    let operation = CheckedOperation.paddedShortcut
    var name: String
    var shortcut: PaddedShortcut
    /// `N`.
    var capacity: Int
    var counts: SampleCounts
    var accumulate = false

    var poisonable: [String] { ["input", "outputGradient"] }
    var description: String {
        "\(name): \(shortcut), \(counts.perModel) of \(capacity) samples\(accumulate ? ", accumulate" : "")"
    }

    private func shape(_ sample: SampleShape, _ models: Int) -> ActivationShape {
        ActivationShape(models: models, samples: capacity, sample: sample)
    }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: shortcut.output.count + capacity)
        return Tensors([
            "input": randoms.activation(shape(shortcut.input, models), counts: counts),
            "outputGradient": randoms.activation(shape(shortcut.output, models), counts: counts),
            "earlierInputGradient": randoms.activation(shape(shortcut.input, models), counts: counts),
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let output = try backend.staleActivation(shape(shortcut.output, counts.models))
        try backend.paddedShortcut(
            shortcut, input: backend.upload(activation: inputs["input"]), counts: counts, output: output)
        let inputGradient = try backend.upload(activation: inputs["earlierInputGradient"])
        try backend.paddedShortcutGradient(
            shortcut, outputGradient: backend.upload(activation: inputs["outputGradient"]), counts: counts,
            inputGradient: inputGradient, accumulate: accumulate)
        return Tensors([
            "output": try backend.download(output, counts: counts),
            "inputGradient": try backend.download(inputGradient, counts: counts),
        ])
    }

    /// The values are copied; adding a gradient has one rounding, as it has in the reference.
    func tolerances(_ inputs: Tensors, expected: Tensors) throws(BackendError) -> [String: [Double]] {
        guard accumulate else { return [:] }
        let magnitudes = try reference(inputs.mapValues(abs))
        return [
            "inputGradient": magnitudes["inputGradient"].values.map {
                2 * Tolerance.u * Double($0) + Tolerance.flushed(1)
            }
        ]
    }

    static let all: [PaddedShortcutCase] = [
        PaddedShortcutCase(
            name: "ResNet's",
            shortcut: PaddedShortcut(
                input: SampleShape(channels: 16, image: Extent(32)), outputChannels: 32, channelsBefore: 8,
                stride: Extent(2)), capacity: 5, counts: SampleCounts([5, 2])),
        PaddedShortcutCase(
            name: "odd extents",
            shortcut: PaddedShortcut(
                input: SampleShape(channels: 3, image: Extent(height: 7, width: 4)), outputChannels: 8,
                channelsBefore: 2, stride: Extent(height: 3, width: 2)), capacity: 17,
            counts: SampleCounts([16, 0, 17]), accumulate: true),
        PaddedShortcutCase(
            name: "no new channels",
            shortcut: PaddedShortcut(
                input: SampleShape(channels: 2, image: Extent(1)), outputChannels: 2, channelsBefore: 0,
                stride: Extent(2)), capacity: 1, counts: SampleCounts([1])),
        PaddedShortcutCase(
            name: "channels behind only",
            shortcut: PaddedShortcut(
                input: SampleShape(channels: 1, image: Extent(5)), outputChannels: 6, channelsBefore: 0,
                stride: Extent(1)), capacity: 33, counts: SampleCounts([33, 32]), accumulate: true),
    ]
}

extension ParityCheck {
    static let paddedShortcutChecks = PaddedShortcutCase.checks(PaddedShortcutCase.all)
}
