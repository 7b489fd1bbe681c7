import Backend
import ReferenceBackend
import TestSupport
import Testing

/// A max-pooling with its gradient, on values with many ties, after an identity convolution and an identity batch norm.
struct MaxPoolCase: ParityOperation {
    var name: String
    var pool: MaxPool
    var channels: Int
    var image: Extent
    /// `N`.
    var capacity: Int
    var counts: SampleCounts
    /// Whether some of the values are NaN.
    var withNaN = false
    var relu = false
    var isSmall = true

    var poisonable: [String] { ["input", "outputGradient"] }

    var testDescription: String {
        "\(name): \(pool), \(channels)x\(image), \(counts.perModel) of \(capacity) samples\(withNaN ? ", NaN" : "")"
            + (relu ? ", ReLU" : "")
    }

    private func inputShape(_ models: Int) -> ActivationShape {
        ActivationShape(models: models, samples: capacity, channels: channels, image: image)
    }

    private func outputShape(_ models: Int) -> ActivationShape {
        ActivationShape(models: models, samples: capacity, channels: channels, image: pool.output(for: image))
    }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: channels * image.area + capacity)
        let withNaN = withNaN
        return Tensors([
            // Only five values, so that every window has ties.
            "input": randoms.activation(inputShape(models), counts: counts) { randoms in
                if withNaN && randoms.integer(below: 6) == 0 { return .nan }
                return Float(randoms.integer(below: 5) - 2)
            },
            "outputGradient": randoms.activation(outputShape(models), counts: counts),
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws -> Tensors {
        let shape = inputShape(counts.models)
        let layer = try backend.identityConvolution(
            of: shape,
            before: backend.identityNorm(models: counts.models, channels: channels, relu: relu, pool: pool))
        let input = try backend.upload(activation: inputs["input"])
        let output = try backend.staleActivation(outputShape(counts.models))
        try backend.forwardEvaluation(layer, input: input, residual: nil, counts: counts, output: output)

        let record = ConvolutionNormRecord(
            convolved: try backend.upload(activation: inputs["input"]), mean: layer.norm.bias,
            rstd: layer.norm.weight)
        let maxima = try backend.download(output, counts: counts)
        var results = try runBackward(
            layer, inputs, input: input, output: output, record: record, counts: counts, on: backend)
        results["output"] = maxima
        return results
    }

    /// A forward and a backward pass of training, with scales of either sign and zero.
    func runTraining<B: Backend>(_ inputs: Tensors, savesArgmax: Bool, on backend: B) throws -> Tensors {
        let shape = inputShape(models)
        var norm = try backend.identityNorm(models: models, channels: channels, relu: relu, pool: pool)
        let scales = (0..<models * channels).map { Float([1.5, -0.5, 0][$0 % 3]) }
        norm.weight = try backend.upload(StackTensor(models: models, count: channels, scales))
        norm.epsilon = 1e-5
        let layer = try backend.identityConvolution(of: shape, before: norm)
        let input = try backend.upload(activation: inputs["input"])
        var record = try backend.staleRecord(shape)
        if savesArgmax {
            record.argmax = PoolArgmax(
                indices: try backend.staleActivation(outputShape(models)),
                values: try backend.staleActivation(outputShape(models)))
        }
        func forward() throws -> B.Activation {
            let output = try backend.staleActivation(outputShape(models))
            try backend.forwardTraining(
                layer, input: input, residual: nil, counts: counts, record: record, output: output)
            return output
        }
        var results = try runBackward(
            layer, inputs, input: input, output: forward(), record: record, counts: counts, on: backend)
        results["output"] = try backend.download(forward(), counts: counts)
        return results
    }

    /// The gradients after a forward pass.
    private func runBackward<B: Backend>(
        _ layer: ConvolutionNorm<B.Parameters>, _ inputs: Tensors, input: B.Activation, output: B.Activation,
        record: B.Record, counts: SampleCounts, on backend: B
    ) throws -> Tensors {
        let gradients = try backend.staleGradients(of: layer, models: counts.models)
        try backend.backward(
            layer, input: input, output: output, outputGradient: backend.upload(activation: inputs["outputGradient"]),
            counts: counts, record: record, gradients: gradients, inputGradient: nil, accumulate: false)
        return Tensors([
            "inputGradient": try backend.download(record.convolved, counts: counts),
            "weightGradient": try backend.download(gradients.normWeight),
            "biasGradient": try backend.download(gradients.normBias),
        ])
    }

    /// The output is one of the inputs times `1 / sqrt(1)`, which need not be exactly 1 in OpenCL: the root has an error of
    /// `6 u`, the quotient of `5 u`, and each of the two products with it of `u`.
    ///
    /// With `G` the sum of the gradients of the windows whose argmax a pixel is, and `n` values per channel, the gradient is
    /// `G - biasGradient / n - x weightGradient / n`, where `biasGradient = sum G` and `weightGradient = sum G x`.
    func tolerances(_ inputs: Tensors, expected: Tensors) throws -> [String: [Double]] {
        let backend = ReferenceBackend(.double)
        let poolGradient = try backend.makeActivation(inputShape(models))
        try backend.maxPoolGradient(
            pool, input: backend.upload(activation: inputs["input"]),
            outputGradient: backend.upload(activation: inputs["outputGradient"].map(abs)), counts: counts,
            inputGradient: poolGradient)
        var tolerances = ["inputGradient", "weightGradient", "biasGradient"].reduce(into: [String: [Double]]()) {
            $0[$1] = Array(repeating: 0, count: expected[$1].values.count)
        }
        tolerances["output"] = expected["output"].values.map { 13 * Tolerance.u * Double(abs($0)) }
        for model in 0..<models where counts.perModel[model] > 0 {
            for channel in 0..<channels {
                let indices = (0..<counts.perModel[model]).flatMap { sample in
                    let start = ((model * capacity + sample) * channels + channel) * image.area
                    return start..<start + image.area
                }
                let terms = indices.map {
                    (gradient: poolGradient.values[$0], value: Double(abs(inputs["input"].values[$0])))
                }
                let biasSum = terms.reduce(0) { $0 + $1.gradient }
                let weightSum = terms.reduce(0) { $0 + $1.gradient * $1.value }
                let roundings = Tolerance.roundings(ofLongSum: indices.count) * Tolerance.u
                let flushed = Tolerance.flushed(indices.count)
                tolerances["biasGradient"]?[model * channels + channel] = roundings * biasSum + flushed
                tolerances["weightGradient"]?[model * channels + channel] = roundings * weightSum + flushed
                let count = Double(indices.count)
                for (index, term) in zip(indices, terms) {
                    tolerances["inputGradient"]?[index] =
                        Tolerance.roundings(ofSum: pool.kernel.area) * Tolerance.u * term.gradient
                        + (roundings + 13 * Tolerance.u) * (biasSum + term.value * weightSum) / count
                        + Tolerance.flushed(pool.kernel.area + 4)
                }
            }
        }
        return tolerances
    }

    static let all: [MaxPoolCase] = [
        MaxPoolCase(
            name: "the network's", pool: MaxPool(kernel: Extent(3), stride: Extent(2)), channels: 8,
            image: Extent(28), capacity: 17, counts: SampleCounts([17, 16]), relu: true, isSmall: false),
        MaxPoolCase(
            name: "NaN", pool: MaxPool(kernel: Extent(3), stride: Extent(2)), channels: 3,
            image: Extent(height: 8, width: 7), capacity: 16, counts: SampleCounts([16, 3]), withNaN: true),
        MaxPoolCase(
            name: "windows apart", pool: MaxPool(kernel: Extent(2), stride: Extent(3)), channels: 1,
            image: Extent(height: 9, width: 10), capacity: 15, counts: SampleCounts([15, 0, 1, 15, 14])),
        MaxPoolCase(
            name: "one pixel", pool: MaxPool(kernel: Extent(1), stride: Extent(1)), channels: 17, image: Extent(1),
            capacity: 2, counts: SampleCounts([2])),
        MaxPoolCase(
            name: "nothing square, heavy overlap",
            pool: MaxPool(kernel: Extent(height: 2, width: 4), stride: Extent(height: 2, width: 1)), channels: 2,
            image: Extent(height: 5, width: 7), capacity: 64, counts: SampleCounts([64, 40]), relu: true),
    ]
}

extension ParitySuite {
    @Suite("Max-pool")
    struct MaxPoolParity {
        @Test(arguments: BackendUnderTest.all, MaxPoolCase.all)
        func matchesReference(_ backend: BackendUnderTest, _ operation: MaxPoolCase) throws {
            try expectParity(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, MaxPoolCase.all)
        func stackEqualsSeparateRuns(_ backend: BackendUnderTest, _ operation: MaxPoolCase) throws {
            try expectStackEqualsSeparateRuns(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, MaxPoolCase.all)
        func poisonStaysInItsModel(_ backend: BackendUnderTest, _ operation: MaxPoolCase) throws {
            try expectPoisonStays(inItsModelOf: operation, on: backend)
        }

        /// Explicit windows: infinities are ordinary values, and NaN is the maximum.
        @Test(arguments: BackendUnderTest.all)
        func maxima(_ backend: BackendUnderTest) throws {
            let pool = Self.explicit
            var inputs = pool.makeInputs()
            // The finite maximum is 0, which is exact whatever the device makes of 1 / sqrt(1).
            inputs["input"].values = [
                -2, 0, -.infinity, -.infinity, .nan, 2, .infinity, 5,
                0, 0, -.infinity, -.infinity, 9, .nan, .infinity, .infinity,
            ]
            let found = try backend.use { try pool.run(inputs, counts: pool.counts, on: $0) }
            expectIdentical(found["output"].values, [0, -.infinity, .nan, .infinity], "output")
        }

        /// Explicit windows: the first of equal maxima receives the gradient.
        @Test(arguments: BackendUnderTest.all)
        func argmaxIndices(_ backend: BackendUnderTest) throws {
            let pool = Self.explicit
            var inputs = pool.makeInputs()
            inputs["input"].values = [
                1, 3, -4, -4, 7, 2, -1, 5,
                3, 3, -4, -4, 9, 9, 5, 5,
            ]
            inputs["outputGradient"].values = [10, 20, 30, 40]
            let expected = try pool.reference(inputs)
            expectIdentical(expected["output"].values, [3, -4, 9, 5], "output")
            // sum G = 100 and sum G x = 10 * 3 - 20 * 4 + 30 * 9 + 40 * 5 = 420, over 16 values.
            expectIdentical(expected["biasGradient"].values, [100], "bias gradient")
            expectIdentical(expected["weightGradient"].values, [420], "weight gradient")
            let poolGradient: [Float] = [
                0, 10, 20, 0, 0, 0, 0, 40,
                0, 0, 0, 0, 30, 0, 0, 0,
            ]
            let gradient = zip(poolGradient, inputs["input"].values).map { $0 - 100 / 16 - $1 * 420 / 16 }
            expectIdentical(expected["inputGradient"].values, gradient, "input gradient")
            // Another argmax would be an error of 10 and more; the tolerances are below 0.01.
            try expectParity(of: pool, on: backend, inputs: inputs)
        }

        /// The gradients have the same bits with a saved argmax and without, for positive, negative and zero scales.
        @Test(arguments: BackendUnderTest.all, MaxPoolCase.all)
        func savedArgmaxEqualsRecomputed(_ backend: BackendUnderTest, _ operation: MaxPoolCase) throws {
            let inputs = operation.makeInputs()
            let (saved, recomputed) = try backend.use { backend in
                (
                    try operation.runTraining(inputs, savesArgmax: true, on: backend),
                    try operation.runTraining(inputs, savesArgmax: false, on: backend)
                )
            }
            for name in saved.names { expectIdentical(saved[name].values, recomputed[name].values, name) }
        }

        private static let explicit = MaxPoolCase(
            name: "explicit windows", pool: MaxPool(kernel: Extent(2), stride: Extent(2)), channels: 1,
            image: Extent(height: 2, width: 8), capacity: 1, counts: SampleCounts([1]))

        /// Shapes that do not fit are rejected with an error that names the operation.
        @Test(arguments: BackendUnderTest.all)
        func refusesShapesThatDoNotFit(_ backend: BackendUnderTest) throws {
            try backend.use { try refuseMismatches(on: $0) }
        }

        private func refuseMismatches<B: Backend>(on backend: B) throws {
            func activation(_ side: Int) throws -> B.Activation {
                try backend.makeActivation(ActivationShape(models: 1, samples: 2, channels: 3, image: Extent(side)))
            }
            func pool(_ kernel: Int, from side: Int, to output: Int) throws {
                let input = try activation(side)
                let norm = try backend.identityNorm(
                    models: 1, channels: 3, pool: MaxPool(kernel: Extent(kernel), stride: Extent(2)))
                try backend.forwardEvaluation(
                    backend.identityConvolution(of: input.shape, before: norm), input: input, residual: nil,
                    counts: SampleCounts([2]), output: activation(output))
            }
            #expect(throws: Never.self) { try pool(3, from: 5, to: 2) }
            expectShapeMismatch("an output of another extent") { try pool(3, from: 5, to: 5) }
            expectShapeMismatch("a window larger than the image") { try pool(3, from: 2, to: 2) }
            expectShapeMismatch("an empty window") { try pool(0, from: 5, to: 3) }
        }
    }
}
