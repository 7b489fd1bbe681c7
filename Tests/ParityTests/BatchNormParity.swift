import Backend
import Foundation
import ReferenceBackend
import TestSupport
import Testing

/// Batch norm: training, evaluation and gradients, with and without residual and ReLU, after an identity convolution.
struct BatchNormCase: ParityOperation {
    var name: String
    var channels: Int
    var image: Extent
    /// `N`.
    var capacity: Int
    var counts: SampleCounts
    var relu = true
    var residual = false
    /// The mean of the input in units of its standard deviation.
    var meanToDeviation: Float = 0.5
    /// The standard deviation of the input; 0 for an input that is constant in each channel.
    var deviation: Float = 1
    var isSmall = true

    var poisonable: [String] { ["input", "outputGradient"] + (residual ? ["residual"] : []) }

    var testDescription: String {
        "\(name): \(channels)x\(image), \(counts.perModel) of \(capacity) samples" + (relu ? ", ReLU" : "")
            + (residual ? ", residual" : "")
    }

    private func shape(_ models: Int) -> ActivationShape {
        ActivationShape(models: models, samples: capacity, channels: channels, image: image)
    }

    func makeInputs() throws -> Tensors {
        var randoms = Randoms(seed: channels * image.area + capacity)
        let (mean, deviation) = (meanToDeviation * (deviation == 0 ? 1 : deviation), deviation)
        func parameters(_ draw: (inout Randoms) -> Float) -> StackTensor {
            StackTensor(models: models, count: channels, (0..<models * channels).map { _ in draw(&randoms) })
        }
        let weight = parameters { $0.normal() }
        let bias = parameters { $0.normal() }
        // The running estimates match the data, so that evaluation normalises it.
        let runningMean = parameters { mean + deviation * 0.1 * $0.normal() }
        let runningVariance = parameters { deviation * deviation * (0.5 + $0.uniform()) }
        var inputs = Tensors([
            "input": randoms.activation(shape(models), counts: counts) { mean + deviation * $0.normal() },
            "residual": randoms.activation(shape(models), counts: counts),
            "weight": weight, "bias": bias, "runningMean": runningMean, "runningVariance": runningVariance,
            "outputGradient": randoms.activation(shape(models), counts: counts),
        ])
        // The record comes from the reference's forward pass, so that every backend has the same one.
        let forward = try runForward(inputs, counts: counts, on: ReferenceBackend(.single))
        inputs["forwardOutput"] = forward["output"].paddingFilled(counts) { [.nan, 1e30][$0 % 2] }
        inputs["mean"] = forward["savedMean"]
        inputs["rstd"] = forward["savedRstd"]
        return inputs
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws -> Tensors {
        var results = try runForward(inputs, counts: counts, on: backend)
        let models = counts.models
        let layer = try makeLayer(inputs, models: models, on: backend)

        let input = try backend.upload(activation: inputs["input"])
        let evaluated = try backend.staleActivation(shape(models))
        try backend.forwardEvaluation(
            layer, input: input, residual: residual ? backend.upload(activation: inputs["residual"]) : nil,
            counts: counts, output: evaluated)
        results["evaluated"] = try backend.download(evaluated, counts: counts)

        let record = ConvolutionNormRecord(
            convolved: try backend.upload(activation: inputs["input"]), mean: try backend.upload(inputs["mean"]),
            rstd: try backend.upload(inputs["rstd"]))
        let outputGradient = try backend.upload(activation: inputs["outputGradient"])
        let gradients = try backend.staleGradients(of: layer, models: models)
        try backend.backward(
            layer, input: input, output: backend.upload(activation: inputs["forwardOutput"]),
            outputGradient: outputGradient, counts: counts, record: record, gradients: gradients, inputGradient: nil,
            accumulate: false)
        results["weightGradient"] = try backend.download(gradients.normWeight)
        results["biasGradient"] = try backend.download(gradients.normBias)
        results["inputGradient"] = try backend.download(record.convolved, counts: counts)
        results["residualGradient"] = try backend.download(outputGradient, counts: counts)
        return results
    }

    private func runForward<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws -> Tensors {
        let layer = try makeLayer(inputs, models: counts.models, on: backend)
        let output = try backend.staleActivation(shape(counts.models))
        let record = try backend.staleRecord(shape(counts.models))
        try backend.forwardTraining(
            layer, input: backend.upload(activation: inputs["input"]),
            residual: residual ? backend.upload(activation: inputs["residual"]) : nil, counts: counts,
            record: record, output: output)
        return Tensors([
            "output": try backend.download(output),
            "savedMean": try backend.download(record.mean, counts: counts),
            "savedRstd": try backend.download(record.rstd, counts: counts),
            "runningMean": try backend.download(layer.norm.runningMean),
            "runningVariance": try backend.download(layer.norm.runningVariance),
        ])
    }

    private func makeLayer<B: Backend>(
        _ inputs: Tensors, models: Int, on backend: B
    ) throws -> ConvolutionNorm<B.Parameters> {
        try backend.identityConvolution(
            of: shape(models),
            before: BatchNorm(
                weight: try backend.upload(inputs["weight"]), bias: try backend.upload(inputs["bias"]),
                runningMean: try backend.upload(inputs["runningMean"]),
                runningVariance: try backend.upload(inputs["runningVariance"]), relu: relu))
    }

    func tolerances(_ inputs: Tensors, expected: Tensors) throws -> [String: [Double]] {
        var tolerances: [String: [Double]] = [:]
        for name in expected.names where name != "residualGradient" {
            tolerances[name] = Array(repeating: 0, count: expected[name].values.count)
        }
        for model in 0..<models where counts.perModel[model] > 0 {
            for channel in 0..<channels {
                let indices = (0..<counts.perModel[model]).flatMap { sample in
                    let start = ((model * capacity + sample) * channels + channel) * image.area
                    return start..<start + image.area
                }
                let bounds = ChannelBounds(
                    inputs, indices: indices, parameter: model * channels + channel, residual: residual, relu: relu)
                bounds.write(indices: indices, parameter: model * channels + channel, to: &tolerances)
            }
        }
        return tolerances
    }

    static let all: [BatchNormCase] = [
        BatchNormCase(
            name: "the network's first", channels: 8, image: Extent(28), capacity: 17, counts: SampleCounts([17, 4]),
            isSmall: false),
        BatchNormCase(
            name: "the network's block", channels: 16, image: Extent(6), capacity: 64,
            counts: SampleCounts([64, 63, 1, 0, 33]), residual: true, isSmall: false),
        BatchNormCase(
            name: "no ReLU", channels: 3, image: Extent(height: 4, width: 5), capacity: 15,
            counts: SampleCounts([15, 2]),
            relu: false),
        BatchNormCase(
            name: "residual without ReLU", channels: 1, image: Extent(height: 1, width: 7), capacity: 16,
            counts: SampleCounts([0, 16]), relu: false, residual: true),
        BatchNormCase(
            name: "images of one pixel", channels: 17, image: Extent(1), capacity: 16, counts: SampleCounts([16, 2])),
        BatchNormCase(
            name: "one sample", channels: 2, image: Extent(2), capacity: 1, counts: SampleCounts([1]), residual: true),
        BatchNormCase(
            name: "mean a thousand times the deviation", channels: 4, image: Extent(13), capacity: 33,
            counts: SampleCounts([33, 16]), relu: false, meanToDeviation: 1000),
        BatchNormCase(
            name: "mean minus a thousand deviations, both tiny", channels: 1, image: Extent(9), capacity: 16,
            counts: SampleCounts([16]), meanToDeviation: -1000, deviation: 0.01),
        BatchNormCase(
            name: "constant channels", channels: 2, image: Extent(3), capacity: 5, counts: SampleCounts([5, 4]),
            meanToDeviation: 3, deviation: 0),
    ]
}

/// The error bounds of the results of one channel.
///
/// Notation: `u` the unit roundoff, `n` the values of the channel, `x` the input, `A` the largest `|x|`, `s` the
/// deviation, `r = 1 / sqrt(s^2 + epsilon)`, `d` the roundings of a long sum.
private struct ChannelBounds {
    private let inputs: Tensors
    private let indices: [Int]
    private let parameter: Int
    private let hasResidual: Bool
    private let relu: Bool
    /// The exact mean and variance of the input.
    private let mean: Double
    private let variance: Double
    private let largest: Double

    private let u = Tolerance.u
    private let epsilon = Double(Float(1e-5))
    private let momentum = Double(Float(0.1))

    init(_ inputs: Tensors, indices: [Int], parameter: Int, residual: Bool, relu: Bool) {
        self.inputs = inputs
        self.indices = indices
        self.parameter = parameter
        hasResidual = residual
        self.relu = relu
        let values = indices.map { Double(inputs["input"].values[$0]) }
        let mean = values.reduce(0, +) / Double(values.count)
        self.mean = mean
        variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        largest = values.map(abs).max() ?? 0
    }

    private var count: Double { Double(indices.count) }
    private var roundings: Double { Tolerance.roundings(ofLongSum: indices.count) }

    /// `d u A`: the terms of a mean, or of a mean of differences to a value of the channel, are at most `A` (or twice
    /// that, of which the differences' roundings are counted in `d`).
    private var meanBound: Double { roundings * u * largest }

    /// Each squared deviation has `d` roundings.
    ///
    /// The rounding error of the mean enters the sum of squared deviations in second order, and the merging of partial moments
    /// in first order: `2 s` times the error of the means.
    private var varianceBound: Double {
        roundings * u * variance + 2 * variance.squareRoot() * meanBound + meanBound * meanBound
    }

    /// The relative error of `r`.
    ///
    /// `(v (1 + t))^(-1/2)` changes by less than `t` for `t < 0.6`; the root and the division add `6 u + 5 u`, the
    /// addition of epsilon and the reference's rounding `2 u`.
    private var rstdBound: Double { varianceBound / (variance + epsilon) + 13 * u }

    private func parameter(_ name: String) -> Double { Double(inputs[name].values[parameter]) }
    private func activation(_ name: String, _ index: Int) -> Double { Double(inputs[name].values[index]) }

    func write(indices: [Int], parameter: Int, to tolerances: inout [String: [Double]]) {
        let rstd = 1 / (variance + epsilon).squareRoot()
        let unbiased = count / (count - 1)
        tolerances["savedMean"]?[parameter] = meanBound + u * abs(mean)
        tolerances["savedRstd"]?[parameter] = rstd * rstdBound
        // Two products, an addition, the weights 0.1 and 0.9 (in the contract's fp32), and the reference's rounding.
        tolerances["runningMean"]?[parameter] =
            momentum * meanBound + 5 * u * (abs(self.parameter("runningMean")) + momentum * abs(mean))
        tolerances["runningVariance"]?[parameter] =
            momentum * unbiased * (varianceBound + 6 * u * variance) + 5 * u * self.parameter("runningVariance")

        for index in indices {
            tolerances["output"]?[index] = normalizedBound(
                index, mean: mean, rstd: rstd, meanBound: meanBound,
                rstdBound: rstdBound)
            tolerances["evaluated"]?[index] = normalizedBound(
                index, mean: self.parameter("runningMean"),
                rstd: 1 / (self.parameter("runningVariance") + epsilon).squareRoot(), meanBound: 0,
                rstdBound: 13 * u)
        }
        writeGradients(to: &tolerances)
    }

    /// `w (x - mean) r + b + residual`.
    ///
    /// The errors of `mean` and `r` propagate; the rest is the rounding of at most six operations on terms of the
    /// size `|w| r (|x| + |mean|)` (a backend may fold the mean into the shift: `x (w r) + (b - mean (w r))`), `|b|`
    /// and the residual. ReLU does not increase an error.
    private func normalizedBound(
        _ index: Int, mean: Double, rstd: Double, meanBound: Double, rstdBound: Double
    ) -> Double {
        let value = activation("input", index)
        let scale = abs(parameter("weight")) * rstd
        let added = hasResidual ? abs(activation("residual", index)) : 0
        return scale * meanBound + scale * abs(value - mean) * rstdBound
            + 6 * u * (scale * (abs(value) + abs(mean)) + abs(parameter("bias")) + added) + Tolerance.flushed(4)
    }

    /// With `z = (x - mean) r`, where mean and r are given: computed directly, `z` has the error `3 u |z|`; if
    /// the mean is folded into a shift, `3 u Z` with `Z = r (|x| + |mean|)`, which is larger.
    ///
    /// - `biasGradient = sum g`: `d u sum |g|`.
    /// - `weightGradient = sum g z`: `u sum |g| (3 Z + d |z|)`.
    /// - `inputGradient = w r (g - biasGradient / n - z weightGradient / n)`: the errors of the two sums over `n`, that
    ///   of the second `z`, and eight roundings (two divisions among them, `5 u` each) of each of the three terms.
    /// - `residualGradient = g`: equal.
    private func writeGradients(to tolerances: inout [String: [Double]]) {
        let (mean, rstd) = (parameter("mean"), parameter("rstd"))
        let terms = indices.map { index in
            let value = activation("input", index)
            let passed = !relu || !(activation("forwardOutput", index) <= 0)
            return (
                index: index,
                gradient: passed ? abs(activation("outputGradient", index)) : 0,
                normalized: abs(value - mean) * rstd,
                folded: (abs(value) + abs(mean)) * rstd
            )
        }
        let biasSum = terms.reduce(0) { $0 + $1.gradient }
        let weightSum = terms.reduce(0) { $0 + $1.gradient * $1.normalized }
        let biasBound = roundings * u * biasSum
        let weightBound = u * terms.reduce(0) { $0 + $1.gradient * (3 * $1.folded + roundings * $1.normalized) }
        tolerances["biasGradient"]?[parameter] = biasBound + Tolerance.flushed(indices.count)
        tolerances["weightGradient"]?[parameter] = weightBound + Tolerance.flushed(indices.count)

        let scale = abs(parameter("weight")) * rstd
        for term in terms {
            let bound =
                biasBound / count + term.normalized * weightBound / count + 3 * u * term.folded * weightSum / count
                + 13 * u * (term.gradient + biasSum / count + term.normalized * weightSum / count)
            tolerances["inputGradient"]?[term.index] = scale * bound + Tolerance.flushed(4)
        }
    }
}

extension ParitySuite {
    @Suite("Batch norm")
    struct BatchNormParity {
        @Test(arguments: BackendUnderTest.all, BatchNormCase.all)
        func matchesReference(_ backend: BackendUnderTest, _ operation: BatchNormCase) throws {
            try expectParity(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, BatchNormCase.all)
        func stackEqualsSeparateRuns(_ backend: BackendUnderTest, _ operation: BatchNormCase) throws {
            try expectStackEqualsSeparateRuns(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, BatchNormCase.all)
        func poisonStaysInItsModel(_ backend: BackendUnderTest, _ operation: BatchNormCase) throws {
            try expectPoisonStays(inItsModelOf: operation, on: backend)
        }

        /// A batch of 50,176 equal values, whose mean is inaccurate if they are added one after another.
        @Test(arguments: BackendUnderTest.all)
        func longSumsKeepTheirDigits(_ backend: BackendUnderTest) throws {
            let long = BatchNormCase(
                name: "long sum", channels: 1, image: Extent(28), capacity: 64, counts: SampleCounts([64]), relu: false)
            var inputs = try long.makeInputs()
            inputs["input"] = inputs["input"].map { _ in 0.1 }
            inputs["outputGradient"] = inputs["outputGradient"].map { _ in 0.1 }
            inputs["mean"] = inputs["mean"].map { _ in 0 }
            inputs["rstd"] = inputs["rstd"].map { _ in 1 }
            try expectParity(of: long, on: backend, inputs: inputs)
        }

        /// The variance of one value per channel is undefined: training rejects it and names the model.
        ///
        /// Evaluation accepts it, and a model without samples is not an error.
        @Test(arguments: BackendUnderTest.all)
        func refusesSingleValues(_ backend: BackendUnderTest) throws {
            let single = BatchNormCase(
                name: "single value", channels: 3, image: Extent(1), capacity: 4, counts: SampleCounts([4, 0, 1]))
            // The inputs of a valid case, because making them runs the forward pass.
            var allowed = single
            allowed.counts = SampleCounts([4, 0, 4])
            let inputs = try allowed.makeInputs()
            try backend.use { backend in
                do {
                    _ = try single.run(inputs, counts: single.counts, on: backend)
                    Issue.record("a single value per channel was accepted")
                } catch BackendError.singleValuePerChannel(let operation, let model) {
                    #expect(!operation.isEmpty)
                    #expect(model == 2)
                }
            }
            try backend.use { try evaluateSingleValue(on: $0) }
        }

        private func evaluateSingleValue(on backend: some Backend) throws {
            let shape = ActivationShape(models: 1, samples: 1, channels: 1, image: Extent(1))
            func parameter(_ value: Float) -> StackTensor { StackTensor(models: 1, count: 1, [value]) }
            let norm = BatchNorm(
                weight: try backend.upload(parameter(3)), bias: try backend.upload(parameter(-1)),
                runningMean: try backend.upload(parameter(2)), runningVariance: try backend.upload(parameter(4)),
                relu: false)
            let output = try backend.staleActivation(shape)
            try backend.forwardEvaluation(
                backend.identityConvolution(of: shape, before: norm),
                input: backend.upload(activation: StackTensor(shape, [6])), residual: nil, counts: SampleCounts([1]),
                output: output)
            // 3 (6 - 2) / sqrt(4 + 1e-5) - 1 = 4.9999925
            let value = try #require(try backend.read(output).first)
            #expect(abs(value - 4.999_992_5) < 6e-6, "found \(value)")
        }

        /// Shapes that do not fit are rejected with an error that names the operation.
        @Test(arguments: BackendUnderTest.all)
        func refusesShapesThatDoNotFit(_ backend: BackendUnderTest) throws {
            try backend.use { try refuseMismatches(on: $0) }
        }

        private func refuseMismatches<B: Backend>(on backend: B) throws {
            let shape = ActivationShape(models: 2, samples: 3, channels: 4, image: Extent(5))
            let (input, output) = (try backend.makeActivation(shape), try backend.makeActivation(shape))
            var fewer = shape
            fewer.channels = 2
            let small = try backend.makeActivation(fewer)
            let two = try backend.staleParameters(models: 2, count: 2)
            let counts = SampleCounts([3, 2])
            let layer = try backend.identityConvolution(
                of: shape, before: backend.identityNorm(models: 2, channels: 4, relu: true))
            func evaluate(
                _ layer: ConvolutionNorm<B.Parameters>, residual: B.Activation? = nil, output found: B.Activation? = nil
            ) throws {
                try backend.forwardEvaluation(
                    layer, input: input, residual: residual, counts: counts, output: found ?? output)
            }
            #expect(throws: Never.self) { try evaluate(layer) }
            expectShapeMismatch("an output of other channels") { try evaluate(layer, output: small) }
            expectShapeMismatch("a residual of other channels") { try evaluate(layer, residual: small) }
            var other = layer
            other.norm.weight = two
            expectShapeMismatch("weights of another count") { try evaluate(other) }
            other = layer
            other.norm.pool = MaxPool(kernel: Extent(1), stride: Extent(1))
            #expect(throws: Never.self) { try evaluate(other) }
            expectShapeMismatch("a residual before a pooling") { try evaluate(other, residual: output) }

            var record = try backend.staleRecord(shape)
            record.mean = two
            expectShapeMismatch("saved statistics of another count") {
                try backend.forwardTraining(
                    layer, input: input, residual: nil, counts: counts, record: record, output: output)
            }
            var gradients = try backend.staleGradients(of: layer, models: 2)
            gradients.normWeight = two
            expectShapeMismatch("gradients of another count") {
                try backend.backward(
                    layer, input: input, output: output, outputGradient: output, counts: counts,
                    record: backend.staleRecord(shape), gradients: gradients,
                    inputGradient: nil, accumulate: false)
            }
        }
    }
}
