import Backend
import ReferenceBackend
import Testing

/// A convolution with its three gradients.
struct ConvolutionCase: ParityOperation {
    var name: String
    var convolution: Convolution
    /// `N`.
    var room: Int
    var counts: SampleCounts
    var bias = true
    /// Whether the input gradient is added to what is there.
    var accumulate = false
    var isSmall = true

    var poisonable: [String] { ["input", "outputGradient"] }

    var testDescription: String {
        "\(name): \(convolution), \(counts.perModel) of \(room) samples\(bias ? ", bias" : "")"
            + (accumulate ? ", accumulate" : "")
    }

    private func inputShape(_ models: Int) -> ActivationShape {
        ActivationShape(
            models: models, samples: room, channels: convolution.inputChannels, image: convolution.input)
    }

    private func outputShape(_ models: Int) -> ActivationShape {
        ActivationShape(
            models: models, samples: room, channels: convolution.outputChannels, image: convolution.output)
    }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: convolution.flops + room)
        return Tensors([
            "input": randoms.activation(inputShape(models), counts: counts),
            "weights": randoms.parameters(models: models, count: convolution.weightCount),
            "bias": randoms.parameters(models: models, count: convolution.outputChannels),
            "outputGradient": randoms.activation(outputShape(models), counts: counts),
            "earlierInputGradient": randoms.activation(inputShape(models), counts: counts),
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws -> Tensors {
        let input = try backend.upload(activation: inputs["input"])
        let weights = try backend.upload(inputs["weights"])
        let output = try backend.staleActivation(outputShape(counts.models))
        try backend.convolve(
            convolution, input: input, weights: weights, bias: bias ? backend.upload(inputs["bias"]) : nil,
            counts: counts, output: output)

        let outputGradient = try backend.upload(activation: inputs["outputGradient"])
        let inputGradient = try backend.upload(activation: inputs["earlierInputGradient"])
        try backend.convolveInputGradient(
            convolution, outputGradient: outputGradient, weights: weights, counts: counts, accumulate: accumulate,
            inputGradient: inputGradient)

        let weightGradient = try backend.staleParameters(models: counts.models, count: convolution.weightCount)
        let biasGradient = try backend.staleParameters(models: counts.models, count: convolution.outputChannels)
        try backend.convolveParameterGradients(
            convolution, input: input, outputGradient: outputGradient, counts: counts, weightGradient: weightGradient,
            biasGradient: bias ? biasGradient : nil)
        return Tensors([
            "output": try backend.download(output, counts: counts),
            "inputGradient": try backend.download(inputGradient, counts: counts),
            "weightGradient": try backend.download(weightGradient),
            "biasGradient": try backend.download(biasGradient),
        ])
    }

    /// The convolution of an image that has its padding in it, and the image.
    ///
    /// An infinite gradient times one of these zeros is NaN, as in PyTorch's matrix product; a backend may as well leave
    /// the zeros out.
    private func withPaddingInImage(_ input: StackTensor) -> (operation: ConvolutionCase, input: StackTensor) {
        var padded = self
        padded.convolution.padding = Extent(0)
        padded.convolution.input.height += 2 * convolution.padding.height
        padded.convolution.input.width += 2 * convolution.padding.width
        let image = padded.convolution.input
        var values = Array(repeating: Float(0), count: padded.inputShape(models).count)
        for index in input.values.indices {
            let (row, column) = (index / convolution.input.width, index % convolution.input.width)
            let (plane, inner) = row.quotientAndRemainder(dividingBy: convolution.input.height)
            let place = (plane * image.height + inner + convolution.padding.height) * image.width
            values[place + column + convolution.padding.width] = input.values[index]
        }
        return (padded, StackTensor(padded.inputShape(models), values))
    }

    /// All four results are sums of products, so the sum of the absolute terms is the same operation on absolute
    /// values.
    func tolerances(_ inputs: Tensors, expected: Tensors) throws -> [String: [Double]] {
        var absolutes = inputs.mapValues(abs)
        var magnitudes = try reference(absolutes)
        if convolution.padding != Extent(0) {
            let padded = withPaddingInImage(absolutes["input"])
            absolutes["input"] = padded.input
            absolutes["earlierInputGradient"] = padded.input
            magnitudes["weightGradient"] = try padded.operation.reference(absolutes)["weightGradient"]
        }
        func tolerances(_ name: String, roundings: Double, terms: Int) -> [Double] {
            magnitudes[name].values.map {
                roundings * Tolerance.u * Double($0) + Tolerance.flushed(terms)
            }
        }
        let outputTerms = convolution.inputChannels * convolution.kernel.area + 1
        let inputTerms = convolution.outputChannels * convolution.kernel.area + 1
        let parameterTerms = room * convolution.output.area
        let long = Tolerance.roundings(ofLongSum: parameterTerms)
        return [
            "output": tolerances("output", roundings: Tolerance.roundings(ofSum: outputTerms), terms: outputTerms),
            "inputGradient": tolerances(
                "inputGradient", roundings: Tolerance.roundings(ofSum: inputTerms), terms: inputTerms),
            "weightGradient": tolerances("weightGradient", roundings: long, terms: parameterTerms),
            "biasGradient": tolerances("biasGradient", roundings: long, terms: parameterTerms),
        ]
    }

    static let all: [ConvolutionCase] = [
        ConvolutionCase(
            name: "the network's first",
            convolution: Convolution(
                inputChannels: 1, outputChannels: 8, input: Extent(28), kernel: Extent(7), padding: Extent(3)),
            room: 17, counts: SampleCounts([17, 5]), isSmall: false),
        ConvolutionCase(
            name: "the network's second",
            convolution: Convolution(
                inputChannels: 8, outputChannels: 8, input: Extent(13), kernel: Extent(3), padding: Extent(1)),
            room: 64, counts: SampleCounts([64, 33]), accumulate: true, isSmall: false),
        ConvolutionCase(
            name: "the network's strided",
            convolution: Convolution(
                inputChannels: 8, outputChannels: 16, input: Extent(13), kernel: Extent(3), stride: Extent(2)),
            room: 16, counts: SampleCounts([16, 15, 1, 0, 16]), accumulate: true, isSmall: false),
        ConvolutionCase(
            name: "the network's last",
            convolution: Convolution(
                inputChannels: 16, outputChannels: 16, input: Extent(6), kernel: Extent(3), padding: Extent(1)),
            room: 15, counts: SampleCounts([15]), bias: false),
        ConvolutionCase(
            name: "images of one pixel",
            convolution: Convolution(
                inputChannels: 17, outputChannels: 1, input: Extent(1), kernel: Extent(3), padding: Extent(1)),
            room: 16, counts: SampleCounts([16, 9])),
        ConvolutionCase(
            name: "stride 3, not square, one sample",
            convolution: Convolution(
                inputChannels: 2, outputChannels: 3, input: Extent(height: 11, width: 8), kernel: Extent(5),
                stride: Extent(3)),
            room: 1, counts: SampleCounts([1, 1])),
        ConvolutionCase(
            name: "kernel larger than the image",
            convolution: Convolution(
                inputChannels: 3, outputChannels: 17, input: Extent(height: 3, width: 2), kernel: Extent(5),
                padding: Extent(2)),
            room: 17, counts: SampleCounts([0, 17]), bias: false, accumulate: true),
        ConvolutionCase(
            name: "nothing square",
            convolution: Convolution(
                inputChannels: 4, outputChannels: 5, input: Extent(height: 7, width: 9),
                kernel: Extent(height: 2, width: 5), stride: Extent(height: 1, width: 3),
                padding: Extent(height: 0, width: 2)),
            room: 15, counts: SampleCounts([14])),
        ConvolutionCase(
            name: "one-pixel kernel, stride leaves pixels out",
            convolution: Convolution(
                inputChannels: 17, outputChannels: 17, input: Extent(4), kernel: Extent(1), stride: Extent(2)),
            room: 16, counts: SampleCounts([16, 16])),
        ConvolutionCase(
            name: "even kernel",
            convolution: Convolution(
                inputChannels: 9, outputChannels: 10, input: Extent(height: 6, width: 5), kernel: Extent(4),
                stride: Extent(height: 2, width: 1), padding: Extent(1)),
            room: 3, counts: SampleCounts([3, 2])),
        ConvolutionCase(
            name: "outputs that see nothing but padding",
            convolution: Convolution(
                inputChannels: 1, outputChannels: 2, input: Extent(2), kernel: Extent(2), padding: Extent(3)),
            room: 33, counts: SampleCounts([33, 0, 32])),
    ]
}

extension ParitySuite {
    @Suite("Convolution")
    struct ConvolutionParity {
        @Test(arguments: BackendUnderTest.all, ConvolutionCase.all)
        func matchesReference(_ backend: BackendUnderTest, _ operation: ConvolutionCase) throws {
            try expectParity(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, ConvolutionCase.all)
        func stackEqualsSeparateRuns(_ backend: BackendUnderTest, _ operation: ConvolutionCase) throws {
            try expectStackEqualsSeparateRuns(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, ConvolutionCase.all)
        func poisonStaysInItsModel(_ backend: BackendUnderTest, _ operation: ConvolutionCase) throws {
            try expectPoisonStays(inItsModelOf: operation, on: backend)
        }

        /// A sum over a batch that is lost when it is added up term after term: there, 50,176 times 0.1 in fp32 come
        /// out 7e-5 of the sum off, three times the tolerance.
        @Test(arguments: BackendUnderTest.all)
        func longSumsKeepTheirDigits(_ backend: BackendUnderTest) throws {
            let long = ConvolutionCase(
                name: "long sum",
                convolution: Convolution(inputChannels: 1, outputChannels: 1, input: Extent(28), kernel: Extent(1)),
                room: 64, counts: SampleCounts([64]))
            var inputs = long.makeInputs()
            inputs["input"] = inputs["input"].map { _ in 0.1 }
            inputs["outputGradient"] = inputs["outputGradient"].map { _ in 0.1 }
            try expectParity(of: long, on: backend, inputs: inputs)
        }

        /// What does not fit is refused with an error that names the operation.
        @Test(arguments: BackendUnderTest.all)
        func refusesShapesThatDoNotFit(_ backend: BackendUnderTest) throws {
            try backend.use { try refuseMismatches(on: $0) }
        }

        private func refuseMismatches(on backend: some Backend) throws {
            let convolution = Convolution(inputChannels: 2, outputChannels: 3, input: Extent(5), kernel: Extent(3))
            func activation(_ channels: Int, _ side: Int, samples: Int = 4) throws -> StackTensor {
                let shape = ActivationShape(models: 1, samples: samples, channels: channels, image: Extent(side))
                return StackTensor(shape, Array(repeating: 1, count: shape.count))
            }
            let input = try backend.upload(activation: activation(2, 5))
            let output = try backend.upload(activation: activation(3, 3))
            let weights = try backend.staleParameters(models: 1, count: convolution.weightCount)
            let bias = try backend.staleParameters(models: 1, count: 3)
            let counts = SampleCounts([4])
            #expect(throws: Never.self) {
                try backend.convolve(
                    convolution, input: input, weights: weights, bias: bias, counts: counts, output: output)
            }

            let wrongOutput = try backend.upload(activation: activation(3, 5))
            expectShapeMismatch("output of another extent") {
                try backend.convolve(
                    convolution, input: input, weights: weights, bias: bias, counts: counts, output: wrongOutput)
            }
            let wrongInput = try backend.upload(activation: activation(3, 5))
            expectShapeMismatch("input of other channels") {
                try backend.convolveParameterGradients(
                    convolution, input: wrongInput, outputGradient: output, counts: counts, weightGradient: weights,
                    biasGradient: bias)
            }
            expectShapeMismatch("weights of another count") {
                try backend.convolve(
                    convolution, input: input, weights: bias, bias: bias, counts: counts, output: output)
            }
            expectShapeMismatch("bias of another count") {
                try backend.convolve(
                    convolution, input: input, weights: weights, bias: weights, counts: counts, output: output)
            }
            expectShapeMismatch("more samples than there is room for") {
                try backend.convolveInputGradient(
                    convolution, outputGradient: output, weights: weights, counts: SampleCounts([5]),
                    accumulate: false, inputGradient: input)
            }
            expectShapeMismatch("counts of two models for a stack of one") {
                try backend.convolve(
                    convolution, input: input, weights: weights, bias: nil, counts: SampleCounts([4, 4]),
                    output: output)
            }
            var larger = convolution
            larger.kernel = Extent(6)
            expectShapeMismatch("a kernel larger than the padded image") {
                try backend.convolve(
                    larger, input: input, weights: weights, bias: nil, counts: counts, output: output)
            }
        }
    }
}
