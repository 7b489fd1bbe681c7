import Backend
import ReferenceBackend
import TestSupport
import Testing

extension ParitySuite {
    @Suite("Fused layer")
    struct FusedLayerParity {
        @Test(arguments: BackendUnderTest.all, FusedLayerCase.all)
        func matchesReference(_ backend: BackendUnderTest, _ operation: FusedLayerCase) throws {
            try expectParity(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, FusedLayerCase.all.ofSeveralModels)
        func stackEqualsSeparateRuns(_ backend: BackendUnderTest, _ operation: FusedLayerCase) throws {
            try expectStackEqualsSeparateRuns(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, FusedLayerCase.all.ofSeveralModels)
        func poisonStaysInItsModel(_ backend: BackendUnderTest, _ operation: FusedLayerCase) throws {
            try expectPoisonStays(inItsModelOf: operation, on: backend)
        }

        /// Sums of 50,176 terms: the moments and the gradients of a norm, and the weight gradient of a convolution.
        ///
        /// Adding 50,176 times 0.1 one term after another in fp32 has an error of 7e-5 of the sum, three times the
        /// tolerance.
        @Test(
            arguments: BackendUnderTest.all,
            [
                FusedLayer(on: SampleShape(channels: 1, image: Extent(28)), norm: BatchNorm()),
                FusedLayer(Convolution(inputChannels: 1, outputChannels: 1, input: Extent(28), kernel: Extent(1))),
            ])
        func longSumsKeepTheirDigits(_ backend: BackendUnderTest, _ layer: FusedLayer) throws {
            let long = FusedLayerCase(name: "long sum", layer: layer, capacity: 64, counts: SampleCounts([64]))
            var inputs = try long.makeInputs()
            for index in inputs["input"].values.indices {
                inputs["input"].values[index] = layer.norm == nil ? 0.1 : index % 2 == 0 ? 0.1 : -0.3
                inputs["outputGradient"].values[index] = 0.1
            }
            try expectParity(of: long, on: backend, inputs: inputs)
        }

        /// Moments and gradients of 131,072 samples, which a backend merges from thousands of lane groups.
        ///
        /// Merging equal numbers one after another in fp32 has an error of 1400 `u`, about twice the tolerance.
        @Test(arguments: BackendUnderTest.all)
        func largeBatchesKeepTheirDigits(_ backend: BackendUnderTest) throws {
            let samples = 131_072
            let large = FusedLayerCase(
                name: "large batch",
                layer: FusedLayer(on: SampleShape(channels: 1, image: Extent(1)), norm: BatchNorm()),
                capacity: samples, counts: SampleCounts([samples]))
            var inputs = try large.makeInputs()
            for name in ["input", "outputGradient"] { inputs[name] = inputs[name].map { _ in 0.3 } }
            try expectParity(of: large, on: backend, inputs: inputs)
        }

        /// A pooling of four windows of two by two exact values, without a norm.
        private static let explicit = FusedLayerCase(
            name: "explicit windows",
            layer: FusedLayer(
                on: SampleShape(channels: 1, image: Extent(height: 2, width: 8)),
                pool: MaxPool(kernel: Extent(2), stride: Extent(2))), capacity: 1, counts: SampleCounts([1]),
            values: .ties(withNaN: false))

        /// Infinities are ordinary values, and NaN is the maximum.
        @Test(arguments: BackendUnderTest.all)
        func maxima(_ backend: BackendUnderTest) throws {
            let pool = Self.explicit
            var inputs = try pool.makeInputs()
            inputs["input"].values = [
                1, 3, -.infinity, -.infinity, .nan, 2, .infinity, 5,
                3, 3, -.infinity, -.infinity, 9, .nan, .infinity, .infinity,
            ]
            let found = try backend.use { try pool.run(inputs, counts: pool.counts, on: $0) }
            expectIdentical(found["output"].values, [3, -.infinity, .nan, .infinity], "output")
            expectIdentical(found["evaluated"].values, [3, -.infinity, .nan, .infinity], "evaluated")
        }

        /// The first of equal maxima receives the gradient, and of several NaN the last.
        @Test(arguments: BackendUnderTest.all)
        func argmaxIndices(_ backend: BackendUnderTest) throws {
            let pool = Self.explicit
            var inputs = try pool.makeInputs()
            inputs["input"].values = [
                1, 3, -4, -4, .nan, 2, -1, 5,
                3, 3, -4, -4, 9, .nan, 5, 5,
            ]
            inputs["outputGradient"].values = [10, 20, 30, 40]
            let found = try backend.use { try pool.run(inputs, counts: pool.counts, on: $0) }
            let expected: [Float] = [
                0, 10, 20, 0, 0, 0, 0, 40,
                0, 0, 0, 0, 0, 30, 0, 0,
            ]
            expectIdentical(found["inputGradient"].values, expected, "input gradient")
        }

        /// The variance of one value per channel is undefined: training rejects it and names the model.
        ///
        /// Evaluation accepts it, and a model without samples is not an error.
        @Test(arguments: BackendUnderTest.all)
        func refusesSingleValues(_ backend: BackendUnderTest) throws {
            let single = FusedLayerCase(
                name: "single value",
                layer: FusedLayer(on: SampleShape(channels: 3, image: Extent(1)), norm: BatchNorm()),
                capacity: 4, counts: SampleCounts([4, 0, 1]))
            let inputs = try single.makeInputs()
            try backend.use { backend in
                let error = #expect(throws: BackendError.self) {
                    try single.run(inputs, counts: single.counts, on: backend)
                }
                guard case .singleValuePerChannel(let operation, let model) = error else {
                    Issue.record("another error: \(String(describing: error))")
                    return
                }
                #expect(!operation.isEmpty)
                #expect(model == 2)
                var without = single
                without.layer.norm = nil
                _ = try without.run(inputs, counts: single.counts, on: backend)
            }
            try backend.use { try evaluateSingleValue(on: $0) }
        }

        private func evaluateSingleValue(on backend: some Backend) throws {
            let shape = ActivationShape(models: 1, samples: 1, channels: 1, image: Extent(1))
            func parameter(_ value: Float) -> StackTensor { StackTensor(models: 1, count: 1, [value]) }
            let norm = BatchNormParameters(
                weight: try backend.upload(parameter(3)), bias: try backend.upload(parameter(-1)),
                runningMean: try backend.upload(parameter(2)), runningVariance: try backend.upload(parameter(4)))
            let output = try backend.staleActivation(shape)
            try backend.forwardEvaluation(
                FusedLayer(on: shape.sample, norm: BatchNorm()), FusedLayerParameters(norm: norm),
                input: backend.upload(activation: StackTensor(shape, [6])), residual: nil, counts: SampleCounts([1]),
                output: output)
            // 3 (6 - 2) / sqrt(4 + 1e-5) - 1 = 4.9999925
            let value = try #require(try backend.read(output).first)
            #expect(abs(value - 4.999_992_5) < 6e-6, "found \(value)")
        }
    }
}
