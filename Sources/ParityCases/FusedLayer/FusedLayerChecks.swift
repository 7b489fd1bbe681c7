import Backend

extension ParityCheck {
    static let fusedLayerChecks =
        FusedLayerCase.checks(FusedLayerCase.all) + SiblingCase.checks + LongSums.checks + ExplicitWindows.checks + [
            SingleValues.check
        ]
}

/// Sums of many terms, whose error must not grow with their number.
private enum LongSums {
    static let checks = fifty + [large]

    /// Sums of 50,176 terms: the moments and the gradients of a norm, and the weight gradient of a convolution.
    ///
    /// Adding 50,176 times 0.1 one term after another in fp32 has an error of 7e-5 of the sum, three times the tolerance.
    private static let fifty = [
        FusedLayer(on: SampleShape(channels: 1, image: Extent(28)), norm: BatchNorm()),
        FusedLayer(Convolution(inputChannels: 1, outputChannels: 1, input: Extent(28), kernel: Extent(1))),
    ].map { layer in
        FusedLayerCase(name: "long sum", layer: layer, capacity: 64, counts: SampleCounts([64]))
            .check("") { long, backend throws(BackendError) in
                var inputs = try long.makeInputs()
                for index in inputs["input"].values.indices {
                    inputs["input"].values[index] = layer.norm == nil ? 0.1 : index % 2 == 0 ? 0.1 : -0.3
                    inputs["outputGradient"].values[index] = 0.1
                }
                return try long.compareWithReference(inputs, on: backend)
            }
    }

    /// Moments and gradients of 131,072 samples, which a backend merges from thousands of lane groups.
    ///
    /// Merging equal numbers one after another in fp32 has an error of 1400 `u`, about twice the tolerance.
    private static let large = FusedLayerCase(
        name: "large batch",
        layer: FusedLayer(on: SampleShape(channels: 1, image: Extent(1)), norm: BatchNorm()),
        capacity: 131_072, counts: SampleCounts([131_072]), isSmall: false
    )
    .check("") { large, backend throws(BackendError) in
        var inputs = try large.makeInputs()
        for name in ["input", "outputGradient"] { inputs[name] = inputs[name].map { _ in 0.3 } }
        return try large.compareWithReference(inputs, on: backend)
    }
}

/// A pooling of four windows of two by two exact values, without a norm.
private enum ExplicitWindows {
    static let checks = [maxima, argmaxIndices]

    private static let pool = FusedLayerCase(
        name: "explicit windows",
        layer: FusedLayer(
            on: SampleShape(channels: 1, image: Extent(height: 2, width: 8)),
            pool: MaxPool(kernel: Extent(2), stride: Extent(2))), capacity: 1, counts: SampleCounts([1]),
        values: .ties(withNaN: false))

    /// Infinities are ordinary values, and NaN is the maximum.
    private static let maxima = pool.check(", maxima") { pool, backend throws(BackendError) in
        var inputs = try pool.makeInputs()
        inputs["input"].values = [
            1, 3, -.infinity, -.infinity, .nan, 2, .infinity, 5,
            3, 3, -.infinity, -.infinity, 9, .nan, .infinity, .infinity,
        ]
        let found = try pool.run(inputs, counts: pool.counts, on: backend)
        return ["output", "evaluated"].map {
            Comparison($0, found[$0].values, expected: [3, -.infinity, .nan, .infinity])
        }
    }

    /// The first of equal maxima receives the gradient, and of several NaN the last.
    private static let argmaxIndices = pool.check(", argmax indices") { pool, backend throws(BackendError) in
        var inputs = try pool.makeInputs()
        inputs["input"].values = [
            1, 3, -4, -4, .nan, 2, -1, 5,
            3, 3, -4, -4, 9, .nan, 5, 5,
        ]
        inputs["outputGradient"].values = [10, 20, 30, 40]
        let found = try pool.run(inputs, counts: pool.counts, on: backend)
        let expected: [Float] = [
            0, 10, 20, 0, 0, 0, 0, 40,
            0, 0, 0, 0, 0, 30, 0, 0,
        ]
        return [Comparison("inputGradient", found["inputGradient"].values, expected: expected)]
    }
}

/// One value for each channel of a norm.
private enum SingleValues {
    /// The variance of one value per channel is undefined: training rejects it and names the model.
    ///
    /// Evaluation accepts it, and a model without samples is not an error.
    static let check = FusedLayerCase(
        name: "single value",
        layer: FusedLayer(on: SampleShape(channels: 3, image: Extent(1)), norm: BatchNorm()),
        capacity: 4, counts: SampleCounts([4, 0, 1])
    )
    .check(", trained and evaluated") { single, backend throws(BackendError) in
        var without = single
        without.layer.norm = nil
        _ = try without.run(without.makeInputs(), counts: without.counts, on: backend)
        return [try refusal(of: single, on: backend), try evaluation(on: backend)]
    }

    private static func refusal(of single: FusedLayerCase, on backend: some Backend) throws(BackendError) -> Comparison
    {
        let inputs = try single.makeInputs()
        var answer = "nothing"
        var isRight = false
        do throws(BackendError) {
            _ = try single.run(inputs, counts: single.counts, on: backend)
        } catch {
            answer = "\(error)"
            if case .singleValuePerChannel(let operation, model: 2) = error { isRight = !operation.isEmpty }
        }
        return Comparison("the error that training throws", isRight, failure: "it is \(answer)")
    }

    private static func evaluation(on backend: some Backend) throws(BackendError) -> Comparison {
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
        return Comparison("evaluated", try backend.read(output), expected: [4.999_992_5], tolerances: [6e-6])
    }
}
