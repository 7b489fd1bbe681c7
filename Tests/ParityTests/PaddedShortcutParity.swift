import Backend
import ReferenceBackend
import TestSupport
import Testing

/// A padded shortcut with its gradient.
struct PaddedShortcutCase: ParityOperation {
    var name: String
    var shortcut: PaddedShortcut
    /// `N`.
    var capacity: Int
    var counts: SampleCounts
    var accumulate = false

    var poisonable: [String] { ["input", "outputGradient"] }
    var testDescription: String {
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

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws -> Tensors {
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
    func tolerances(_ inputs: Tensors, expected: Tensors) throws -> [String: [Double]] {
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

extension ParitySuite {
    @Suite("Padded shortcut")
    struct PaddedShortcutParity {
        @Test(arguments: BackendUnderTest.all, PaddedShortcutCase.all)
        func matchesReference(_ backend: BackendUnderTest, _ operation: PaddedShortcutCase) throws {
            try expectParity(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, PaddedShortcutCase.all.ofSeveralModels)
        func stackEqualsSeparateRuns(_ backend: BackendUnderTest, _ operation: PaddedShortcutCase) throws {
            try expectStackEqualsSeparateRuns(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, PaddedShortcutCase.all.ofSeveralModels)
        func poisonStaysInItsModel(_ backend: BackendUnderTest, _ operation: PaddedShortcutCase) throws {
            try expectPoisonStays(inItsModelOf: operation, on: backend)
        }

        /// Shapes that do not fit are rejected; the checks are common to all backends.
        @Test func refusesShapesThatDoNotFit() throws {
            let backend = ReferenceBackend(.single)
            func run(before: Int, outputs: Int, channels: Int = 2, side: Int = 3, stride: Int = 2) throws {
                let shortcut = PaddedShortcut(
                    input: SampleShape(channels: 2, image: Extent(5)), outputChannels: outputs, channelsBefore: before,
                    stride: Extent(stride))
                func activation(_ channels: Int, _ side: Int) throws -> ReferenceActivation {
                    try backend.makeActivation(
                        ActivationShape(models: 1, samples: 2, channels: channels, image: Extent(side)))
                }
                try backend.paddedShortcut(
                    shortcut, input: activation(channels, 5), counts: SampleCounts([2]),
                    output: activation(outputs, side))
            }
            #expect(throws: Never.self) { try run(before: 1, outputs: 4) }
            expectShapeMismatch("channels beyond the output") { try run(before: 3, outputs: 4) }
            expectShapeMismatch("channels before the first") { try run(before: -1, outputs: 4) }
            expectShapeMismatch("an input of other channels") { try run(before: 0, outputs: 4, channels: 3) }
            expectShapeMismatch("an output of another extent") { try run(before: 0, outputs: 4, side: 2) }
            expectShapeMismatch("no stride") { try run(before: 0, outputs: 4, stride: 0) }
        }
    }
}
