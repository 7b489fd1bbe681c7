import Backend
import ReferenceBackend
import TestSupport
import Testing

/// A convolution with its three gradients.
struct ConvolutionCase: ParityOperation {
    var name: String
    var convolution: Convolution
    /// `N`.
    var capacity: Int
    var counts: SampleCounts
    var bias = true
    /// Whether the input gradient is added to the contents of its memory.
    var accumulate = false
    var isSmall = true

    var poisonable: [String] { ["input", "outputGradient"] }

    var testDescription: String {
        "\(name): \(convolution), \(counts.perModel) of \(capacity) samples\(bias ? ", bias" : "")"
            + (accumulate ? ", accumulate" : "")
    }

    private func inputShape(_ models: Int) -> ActivationShape {
        ActivationShape(
            models: models, samples: capacity, channels: convolution.inputChannels, image: convolution.input)
    }

    private func outputShape(_ models: Int) -> ActivationShape {
        ActivationShape(
            models: models, samples: capacity, channels: convolution.outputChannels, image: convolution.output)
    }

    /// The output gradient consists of integers whose sum over each channel is zero.
    ///
    /// A batch norm of zeros then passes it through unchanged, so the test covers only the convolution.
    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: convolution.flops + capacity)
        var inputs = Tensors([
            "input": randoms.activation(inputShape(models), counts: counts),
            "weights": randoms.parameters(models: models, count: convolution.weightCount),
            "bias": randoms.parameters(models: models, count: convolution.outputChannels),
            "outputGradient": randoms.activation(outputShape(models), counts: counts) {
                Float($0.integer(below: 17) - 8)
            },
            "earlierInputGradient": randoms.activation(inputShape(models), counts: counts),
        ])
        let area = convolution.output.area
        for model in 0..<models where counts.perModel[model] > 0 {
            for channel in 0..<convolution.outputChannels {
                let indices = (0..<counts.perModel[model]).flatMap { sample in
                    let start = ((model * capacity + sample) * convolution.outputChannels + channel) * area
                    return start..<start + area
                }
                let sum = indices.reduce(0) { $0 + inputs["outputGradient"].values[$1] }
                inputs["outputGradient"].values[indices[indices.count / 2]] -= sum
            }
        }
        return inputs
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws -> Tensors {
        let models = counts.models
        let layer = ConvolutionNorm(
            convolution, weights: try backend.upload(inputs["weights"]),
            bias: bias ? try backend.upload(inputs["bias"]) : nil,
            norm: try backend.identityNorm(models: models, channels: convolution.outputChannels))
        let input = try backend.upload(activation: inputs["input"])
        let output = try backend.staleActivation(outputShape(models))
        let forward = try backend.staleRecord(outputShape(models))
        try backend.forwardTraining(
            layer, input: input, residual: nil, counts: counts, record: forward, output: output)

        let gradients = try backend.staleGradients(of: layer, models: models, bias: bias)
        let inputGradient = try backend.upload(activation: inputs["earlierInputGradient"])
        let zeros = Array(repeating: Float(0), count: models * convolution.outputChannels)
        let record = ConvolutionNormRecord(
            convolved: try backend.makeActivation(outputShape(models)),
            mean: try backend.upload(StackTensor(models: models, count: convolution.outputChannels, zeros)),
            rstd: layer.norm.weight)
        try backend.backward(
            layer, input: input, output: output, outputGradient: backend.upload(activation: inputs["outputGradient"]),
            counts: counts, record: record, gradients: gradients, inputGradient: inputGradient,
            accumulate: accumulate)
        var results = Tensors([
            "output": try backend.download(forward.convolved, counts: counts),
            "inputGradient": try backend.download(inputGradient, counts: counts),
            "weightGradient": try backend.download(gradients.weights),
        ])
        if let bias = gradients.bias { results["biasGradient"] = try backend.download(bias) }
        return results
    }

    /// For each result, the sum of the absolute values of its terms, computed from absolute inputs.
    private func magnitudes(_ inputs: Tensors) throws -> Tensors {
        let backend = ReferenceBackend(.double)
        let input = try backend.upload(activation: inputs["input"].map(abs))
        let weights = try backend.upload(inputs["weights"].map(abs))
        let outputGradient = try backend.upload(activation: inputs["outputGradient"].map(abs))
        let output = try backend.makeActivation(outputShape(models))
        try backend.convolve(
            convolution, input: input, weights: weights, bias: bias ? backend.upload(inputs["bias"].map(abs)) : nil,
            counts: counts, output: output)
        let inputGradient = try backend.upload(activation: inputs["earlierInputGradient"].map(abs))
        try backend.convolveInputGradient(
            convolution, outputGradient: outputGradient, weights: weights, counts: counts, accumulate: accumulate,
            inputGradient: inputGradient)
        let weightGradient = try backend.staleParameters(models: models, count: convolution.weightCount)
        let biasGradient = try backend.staleParameters(models: models, count: convolution.outputChannels)
        try backend.convolveParameterGradients(
            convolution, input: input, outputGradient: outputGradient, counts: counts, weightGradient: weightGradient,
            biasGradient: biasGradient)
        return Tensors([
            "output": try backend.download(output, counts: counts),
            "inputGradient": try backend.download(inputGradient, counts: counts),
            "weightGradient": try backend.download(weightGradient),
            "biasGradient": try backend.download(biasGradient),
        ])
    }

    /// The same convolution without padding, and an image that contains the padding.
    ///
    /// An infinite gradient times one of these zeros is NaN, as in PyTorch's matrix product; a backend may also skip the
    /// zeros.
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
            let rowStart = (plane * image.height + inner + convolution.padding.height) * image.width
            values[rowStart + column + convolution.padding.width] = input.values[index]
        }
        return (padded, StackTensor(padded.inputShape(models), values))
    }

    /// The maximum of each pixel and its neighbours, which a backend may compute together; NaN counts as infinite.
    private func withNeighbours(_ values: StackTensor, image: Extent) -> StackTensor {
        var largest = values
        for index in values.values.indices {
            let (row, column) = (index / image.width % image.height, index % image.width)
            let plane = index / image.area * image.area
            for neighbourRow in max(row - 1, 0)...min(row + 1, image.height - 1) {
                for neighbourColumn in max(column - 1, 0)...min(column + 1, image.width - 1) {
                    let value = values.values[plane + neighbourRow * image.width + neighbourColumn]
                    largest.values[index] = max(largest.values[index], value.isNaN ? .infinity : value)
                }
            }
        }
        return largest
    }

    func tolerances(_ inputs: Tensors, expected: Tensors) throws -> [String: [Double]] {
        var magnitudes = try magnitudes(inputs)
        if convolution.padding != Extent(0) {
            let padded = withPaddingInImage(inputs["input"])
            var image = inputs
            image["input"] = padded.input
            image["earlierInputGradient"] = padded.input
            magnitudes["weightGradient"] = try padded.operation.magnitudes(image)["weightGradient"]
        }
        if convolution.stride == Extent(1) {
            magnitudes["output"] = withNeighbours(magnitudes["output"], image: convolution.output)
            magnitudes["inputGradient"] = withNeighbours(magnitudes["inputGradient"], image: convolution.input)
        }
        func tolerances(_ name: String, roundings: Double, terms: Int) -> [Double] {
            magnitudes[name].values.map {
                roundings * Tolerance.u * Double($0) + Tolerance.flushed(terms)
            }
        }
        let outputTerms = convolution.inputChannels * convolution.kernel.area + 1
        let inputTerms = convolution.outputChannels * convolution.kernel.area + 1
        let parameterTerms = capacity * convolution.output.area
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
            capacity: 17, counts: SampleCounts([17, 5]), isSmall: false),
        ConvolutionCase(
            name: "the network's second",
            convolution: Convolution(
                inputChannels: 8, outputChannels: 8, input: Extent(13), kernel: Extent(3), padding: Extent(1)),
            capacity: 64, counts: SampleCounts([64, 33]), accumulate: true, isSmall: false),
        ConvolutionCase(
            name: "the network's strided",
            convolution: Convolution(
                inputChannels: 8, outputChannels: 16, input: Extent(13), kernel: Extent(3), stride: Extent(2)),
            capacity: 16, counts: SampleCounts([16, 15, 1, 0, 16]), accumulate: true, isSmall: false),
        ConvolutionCase(
            name: "the network's last",
            convolution: Convolution(
                inputChannels: 16, outputChannels: 16, input: Extent(6), kernel: Extent(3), padding: Extent(1)),
            capacity: 15, counts: SampleCounts([15]), bias: false),
        ConvolutionCase(
            name: "images of one pixel",
            convolution: Convolution(
                inputChannels: 17, outputChannels: 1, input: Extent(1), kernel: Extent(3), padding: Extent(1)),
            capacity: 16, counts: SampleCounts([16, 9])),
        ConvolutionCase(
            name: "stride 3, not square, one sample",
            convolution: Convolution(
                inputChannels: 2, outputChannels: 3, input: Extent(height: 11, width: 8), kernel: Extent(5),
                stride: Extent(3)),
            capacity: 1, counts: SampleCounts([1, 1])),
        ConvolutionCase(
            name: "kernel larger than the image",
            convolution: Convolution(
                inputChannels: 3, outputChannels: 17, input: Extent(height: 3, width: 2), kernel: Extent(5),
                padding: Extent(2)),
            capacity: 17, counts: SampleCounts([0, 17]), bias: false, accumulate: true),
        ConvolutionCase(
            name: "nothing square",
            convolution: Convolution(
                inputChannels: 4, outputChannels: 5, input: Extent(height: 7, width: 9),
                kernel: Extent(height: 2, width: 5), stride: Extent(height: 1, width: 3),
                padding: Extent(height: 0, width: 2)),
            capacity: 15, counts: SampleCounts([14])),
        ConvolutionCase(
            name: "one-pixel kernel, stride leaves pixels out",
            convolution: Convolution(
                inputChannels: 17, outputChannels: 17, input: Extent(4), kernel: Extent(1), stride: Extent(2)),
            capacity: 16, counts: SampleCounts([16, 16])),
        ConvolutionCase(
            name: "even kernel",
            convolution: Convolution(
                inputChannels: 9, outputChannels: 10, input: Extent(height: 6, width: 5), kernel: Extent(4),
                stride: Extent(height: 2, width: 1), padding: Extent(1)),
            capacity: 3, counts: SampleCounts([3, 2])),
        ConvolutionCase(
            name: "outputs that see nothing but padding",
            convolution: Convolution(
                inputChannels: 1, outputChannels: 2, input: Extent(2), kernel: Extent(2), padding: Extent(3)),
            capacity: 33, counts: SampleCounts([33, 0, 32])),
        ConvolutionCase(
            name: "tiles that end outside, no padding",
            convolution: Convolution(
                inputChannels: 3, outputChannels: 4, input: Extent(height: 5, width: 8), kernel: Extent(3)),
            capacity: 17, counts: SampleCounts([17, 2]), accumulate: true),
        ConvolutionCase(
            name: "padding as wide as the kernel",
            convolution: Convolution(
                inputChannels: 8, outputChannels: 12, input: Extent(height: 4, width: 3), kernel: Extent(3),
                padding: Extent(3)),
            capacity: 16, counts: SampleCounts([16, 0]), accumulate: true),
        ConvolutionCase(
            name: "one row, padding in one direction",
            convolution: Convolution(
                inputChannels: 4, outputChannels: 4, input: Extent(height: 1, width: 9), kernel: Extent(3),
                padding: Extent(height: 2, width: 0)),
            capacity: 5, counts: SampleCounts([5])),
        ConvolutionCase(
            name: "large even kernel",
            convolution: Convolution(
                inputChannels: 8, outputChannels: 16, input: Extent(height: 9, width: 6), kernel: Extent(4),
                padding: Extent(height: 1, width: 2)),
            capacity: 16, counts: SampleCounts([16, 3]), accumulate: true),
        ConvolutionCase(
            name: "large kernel, not square",
            convolution: Convolution(
                inputChannels: 16, outputChannels: 8, input: Extent(height: 7, width: 10),
                kernel: Extent(height: 5, width: 4), padding: Extent(height: 2, width: 0)),
            capacity: 9, counts: SampleCounts([8, 9]), accumulate: true),
        ConvolutionCase(
            name: "several chunks",
            convolution: Convolution(
                inputChannels: 3, outputChannels: 5, input: Extent(4), kernel: Extent(3), padding: Extent(1)),
            capacity: 200, counts: SampleCounts([200, 97, 0]), isSmall: false),
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

        /// A long sum over a batch.
        ///
        /// Adding 50,176 times 0.1 one term after another in fp32 has an error of 7e-5 of the sum, three times the
        /// tolerance.
        @Test(arguments: BackendUnderTest.all)
        func longSumsKeepTheirDigits(_ backend: BackendUnderTest) throws {
            let long = ConvolutionCase(
                name: "long sum",
                convolution: Convolution(inputChannels: 1, outputChannels: 1, input: Extent(28), kernel: Extent(1)),
                capacity: 64, counts: SampleCounts([64]))
            var inputs = long.makeInputs()
            for index in inputs["input"].values.indices {
                // The gradients cancel, but their products with the input do not.
                let sign: Float = index % 2 == 0 ? 1 : -1
                inputs["input"].values[index] = 0.1 * sign
                inputs["outputGradient"].values[index] = sign
            }
            try expectParity(of: long, on: backend, inputs: inputs)
        }

        /// Shapes that do not fit are rejected with an error that names the operation.
        @Test(arguments: BackendUnderTest.all)
        func refusesShapesThatDoNotFit(_ backend: BackendUnderTest) throws {
            try backend.use { try refuseMismatches(on: $0) }
        }

        private func refuseMismatches<B: Backend>(on backend: B) throws {
            let convolution = Convolution(inputChannels: 2, outputChannels: 3, input: Extent(5), kernel: Extent(3))
            func activation(_ channels: Int, _ side: Int) throws -> B.Activation {
                let shape = ActivationShape(models: 1, samples: 4, channels: channels, image: Extent(side))
                return try backend.upload(activation: StackTensor(shape, Array(repeating: 1, count: shape.count)))
            }
            let (input, output) = (try activation(2, 5), try activation(3, 3))
            let layer = ConvolutionNorm(
                convolution, weights: try backend.staleParameters(models: 1, count: convolution.weightCount),
                bias: try backend.staleParameters(models: 1, count: 3),
                norm: try backend.identityNorm(models: 1, channels: 3))
            func forward(
                _ layer: ConvolutionNorm<B.Parameters>, input: B.Activation? = nil, output found: B.Activation? = nil,
                counts: SampleCounts = SampleCounts([4])
            ) throws {
                try backend.forwardTraining(
                    layer, input: input ?? (try activation(2, 5)), residual: nil, counts: counts,
                    record: backend.staleRecord(output.shape), output: found ?? output)
                try backend.forwardEvaluation(
                    layer, input: input ?? (try activation(2, 5)), residual: nil, counts: counts,
                    output: found ?? output)
            }
            #expect(throws: Never.self) { try forward(layer) }
            expectShapeMismatch("output of another extent") { try forward(layer, output: activation(3, 5)) }
            expectShapeMismatch("input of other channels") { try forward(layer, input: activation(3, 5)) }
            expectShapeMismatch("counts of two models for a stack of one") {
                try forward(layer, counts: SampleCounts([4, 4]))
            }
            var other = layer
            other.weights = layer.norm.weight
            expectShapeMismatch("weights of another count") { try forward(other) }
            other = layer
            other.bias = layer.weights
            expectShapeMismatch("bias of another count") { try forward(other) }
            other = layer
            other.convolution.kernel = Extent(6)
            expectShapeMismatch("a kernel larger than the padded image") { try forward(other) }

            func backward(
                counts: SampleCounts = SampleCounts([4]), inputGradient: B.Activation? = nil,
                change: (inout ConvolutionNormGradients<B.Parameters>) -> Void = { _ in }
            ) throws {
                var gradients = try backend.staleGradients(of: layer, models: 1, bias: true)
                change(&gradients)
                try backend.backward(
                    layer, input: input, output: output, outputGradient: output, counts: counts,
                    record: backend.staleRecord(output.shape), gradients: gradients, inputGradient: inputGradient,
                    accumulate: false)
            }
            #expect(throws: Never.self) { try backward(inputGradient: activation(2, 5)) }
            expectShapeMismatch("more samples than the capacity") { try backward(counts: SampleCounts([5])) }
            expectShapeMismatch("an input gradient of another extent") {
                try backward(inputGradient: activation(2, 3))
            }
            expectShapeMismatch("a weight gradient of another count") { try backward { $0.weights = $0.normBias } }
            expectShapeMismatch("a bias gradient of another count") { try backward { $0.bias = $0.weights } }
        }
    }
}
