import Backend
import ReferenceBackend

/// The error bounds of a fused layer's results in fp32.
///
/// They follow the data through the layer. Every step has the exact values, from the reference in Double, and a bound of the
/// error of each value. A bound is the propagated error of the operands, to first order, plus the roundings of the step
/// (``Tolerance``). Notation: `u` the unit roundoff, `d` the roundings of a long sum, `n` the values of a channel, `r` the
/// reciprocal standard deviation, `z = (x - mean) r`.
struct FusedLayerBounds {
    private let operation: FusedLayerCase
    private let inputs: Tensors
    private let backend = ReferenceBackend(.double)
    private let u = Tolerance.u
    private let momentum: Double
    private let epsilon: Double

    /// `x`, the sum of the absolute terms of each value, and the bounds of their errors.
    private let values: [Double]
    private let magnitudes: [Double]
    private let valueBounds: [Double]
    /// By `model * channels + channel`; empty without a norm.
    private let moments: [MomentBounds]
    /// The values before ReLU and pooling, with the bounds of their errors, in training and in evaluation.
    private let trained: Activated
    private let evaluated: Activated

    private var layer: FusedLayer { operation.layer }
    private var models: Int { operation.models }
    private var unpooled: SampleShape { layer.unpooled }
    private func parameter(_ name: String, _ channel: Int) -> Double { Double(inputs[name].values[channel]) }

    private typealias Activated = (values: [Double], bounds: [Double])

    init(_ operation: FusedLayerCase, _ inputs: Tensors) throws(BackendError) {
        self.operation = operation
        self.inputs = inputs
        let layer = operation.layer
        momentum = Double(layer.norm?.momentum ?? 0)
        epsilon = Double(layer.norm?.epsilon ?? 0)
        values = try operation.convolved(inputs, on: backend).values
        if let convolution = layer.convolution {
            var absolute = inputs
            for name in ["input", "weights", "bias"] { absolute[name] = inputs[name].map(abs) }
            var sums = try operation.convolved(absolute, on: backend).values
            // A backend may compute neighbouring pixels together.
            if convolution.stride == Extent(1) { sums = Self.withNeighbours(sums, image: convolution.output) }
            let terms = convolution.inputChannels * convolution.kernel.area + 1
            magnitudes = sums
            valueBounds = sums.map {
                Tolerance.roundings(ofSum: terms) * Tolerance.u * $0 + Tolerance.flushed(terms)
            }
        } else {
            magnitudes = values.map(abs)
            valueBounds = values.map { _ in 0 }
        }
        var moments: [MomentBounds] = []
        var trained: Activated = (values, valueBounds)
        var evaluated = trained
        for channel in 0..<operation.models * layer.unpooled.channels {
            let indices = operation.valueIndices(of: channel, layer.unpooled)
            var (batch, running): (MomentBounds?, MomentBounds?) = (nil, nil)
            if layer.norm != nil {
                let bounds = MomentBounds(values, valueBounds, indices, epsilon: epsilon)
                moments.append(bounds)
                batch = bounds
                let variance = Double(inputs["runningVariance"].values[channel])
                running = MomentBounds(
                    mean: Double(inputs["runningMean"].values[channel]), rstd: 1 / (variance + epsilon).squareRoot())
            }
            for index in indices {
                let value = (values[index], magnitudes[index], valueBounds[index])
                let added = layer.addsResidual ? Double(inputs["residual"].values[index]) : nil
                func activated(_ moments: MomentBounds?, foldedTerms: Int = 0) -> (Double, Double) {
                    Self.normalized(
                        value, moments, weight: Double(inputs["normWeight"].values[channel]),
                        bias: Double(inputs["normBias"].values[channel]), added: added, foldedTerms: foldedTerms)
                }
                (trained.values[index], trained.bounds[index]) = activated(batch)
                (evaluated.values[index], evaluated.bounds[index]) = activated(
                    running, foldedTerms: layer.convolution.map { $0.inputChannels * $0.kernel.area } ?? 0)
            }
        }
        self.moments = moments
        self.trained = trained
        self.evaluated = evaluated
    }

    /// `w (x - mean) r + b + residual`, and its bound.
    ///
    /// The errors of `x`, `mean` and `r` propagate; the rest is the rounding of at most six operations on terms of the
    /// size `|w| r (X + |mean|)`, with `X` the magnitude of `x`, `|b|` and the residual. A backend that folds the norm into the
    /// weights begins the sum of `foldedTerms` products with `b - w mean r`, so every addition is a rounding of these terms too.
    private static func normalized(
        _ value: (x: Double, magnitude: Double, bound: Double), _ moments: MomentBounds?, weight: Double, bias: Double,
        added: Double?, foldedTerms: Int
    ) -> (Double, Double) {
        let u = Tolerance.u
        guard let moments else {
            let sum = value.x + (added ?? 0)
            return (sum, value.bound + (added == nil ? 0 : 2 * u * (abs(value.x) + abs(added ?? 0))))
        }
        let scale = abs(weight) * moments.rstd
        let result = weight * (value.x - moments.mean) * moments.rstd + bias + (added ?? 0)
        let terms = scale * (value.magnitude + abs(moments.mean)) + abs(bias) + abs(added ?? 0)
        return (
            result,
            scale * (value.bound + moments.meanBound) + scale * abs(value.x - moments.mean) * moments.rstdBound
                + Double(6 + foldedTerms) * u * terms + Tolerance.flushed(4)
        )
    }

    /// The maximum of each pixel and its neighbours; NaN counts as infinite.
    private static func withNeighbours(_ values: [Double], image: Extent) -> [Double] {
        var largest = values
        for index in values.indices {
            let (row, column) = (index / image.width % image.height, index % image.width)
            let plane = index / image.area * image.area
            for neighbourRow in max(row - 1, 0)...min(row + 1, image.height - 1) {
                for neighbourColumn in max(column - 1, 0)...min(column + 1, image.width - 1) {
                    let value = values[plane + neighbourRow * image.width + neighbourColumn]
                    largest[index] = max(largest[index], value.isNaN ? .infinity : value)
                }
            }
        }
        return largest
    }

    // MARK: ReLU and pooling

    /// The indices of the unpooled values that each output value is computed from.
    private func window(_ output: Int) -> [Int] {
        guard let pool = layer.pool else { return [output] }
        let result = layer.output.image
        let (plane, pixel) = output.quotientAndRemainder(dividingBy: result.area)
        let (row, column) = pixel.quotientAndRemainder(dividingBy: result.width)
        let start =
            plane * unpooled.image.area + row * pool.stride.height * unpooled.image.width + column * pool.stride.width
        return (0..<pool.kernel.area).map {
            start + $0 / pool.kernel.width * unpooled.image.width + $0 % pool.kernel.width
        }
    }

    private var outputIndices: Range<Int> { 0..<operation.shape(layer.output, models: models).count }

    /// For each output value, whether rounding decides where its gradient goes.
    var isAmbiguous: [Bool] {
        outputIndices.map { output in
            let window = window(output)
            let argmax = argmax(window)
            let (value, bound) = (trained.values[argmax], trained.bounds[argmax])
            // Exact values have no error, and ties of them are decided by the order.
            if layer.relu, bound > 0, !(abs(value) > 2 * bound) { return true }
            return window.contains {
                $0 != argmax && bound + trained.bounds[$0] > 0
                    && !(value - trained.values[$0] > 2 * (bound + trained.bounds[$0]))
            }
        }
    }

    /// The first maximum of a window, or the last NaN.
    private func argmax(_ window: [Int]) -> Int {
        window.dropFirst().reduce(window[0]) { best, index in
            trained.values[index] > trained.values[best] || trained.values[index].isNaN ? index : best
        }
    }

    /// Neither ReLU nor maximum increases an error.
    private func outputBounds(_ activated: Activated) -> [Double] {
        outputIndices.map { output in window(output).reduce(0) { worse($0, activated.bounds[$1]) } }
    }

    /// The larger of two bounds, of which one that is NaN is larger.
    private func worse(_ one: Double, _ other: Double) -> Double { other <= one ? one : other }

    // MARK: Results

    func tolerances() throws(BackendError) -> [String: [Double]] {
        var tolerances = ["output": outputBounds(trained), "evaluated": outputBounds(evaluated)]
        if layer.norm != nil {
            // Two products, an addition, the weights 0.1 and 0.9 (in the contract's fp32), and the reference's rounding.
            tolerances["runningMean"] = moments.indices.map {
                momentum * moments[$0].meanBound
                    + 5 * u * (abs(parameter("runningMean", $0)) + momentum * abs(moments[$0].mean))
            }
            tolerances["runningVariance"] = moments.indices.map {
                momentum * moments[$0].unbiased * (moments[$0].varianceBound + 6 * u * moments[$0].variance)
                    + 5 * u * parameter("runningVariance", $0)
            }
        }
        try addGradients(to: &tolerances)
        return tolerances
    }

    /// The gradients of `x`, of the parameters and of the input.
    ///
    /// - `normBiasGradient = sum g`: `d u sum |g|`.
    /// - `normWeightGradient = sum g z`: `sum |g| e + d u sum |g z|`, where the error of `z` is
    ///   `e = r (error of x and mean) + |z| (error of r) + 3 u r (|x| + |mean|)`.
    /// - gradient of `x`: `w r (g - normBiasGradient / n - z normWeightGradient / n)`: the errors of the two sums over `n`, of
    ///   `z` and of `r`, and eight roundings (two divisions among them, `5 u` each) of each of the three terms.
    private func addGradients(to tolerances: inout [String: [Double]]) throws(BackendError) {
        let ambiguous = isAmbiguous
        let count = operation.shape(unpooled, models: models).count
        // g in every pixel, the sum of its absolute terms, and its error.
        var (gradients, terms, bounds) = (
            [Double](repeating: 0, count: count), [Double](repeating: 0, count: count),
            [Double](repeating: 0, count: count)
        )
        var residualBounds = [Double](repeating: 0, count: outputIndices.count)
        for channel in 0..<models * layer.output.channels {
            for output in operation.valueIndices(of: channel, layer.output) {
                let window = window(output)
                let (argmax, gradient) = (argmax(window), Double(inputs["outputGradient"].values[output]))
                if ambiguous[output] {
                    residualBounds[output] = abs(gradient)
                    for index in window { bounds[index] += abs(gradient) }
                }
                guard !layer.relu || !(trained.values[argmax] <= 0) else { continue }
                gradients[argmax] += gradient
                terms[argmax] += abs(gradient)
            }
        }
        if let pool = layer.pool {
            let roundings = Tolerance.roundings(ofSum: pool.kernel.area)
            for index in 0..<count {
                bounds[index] += roundings * u * terms[index] + Tolerance.flushed(pool.kernel.area)
            }
        }
        if layer.addsResidual { tolerances["residualGradient"] = residualBounds }

        if layer.norm != nil {
            tolerances["normWeightGradient"] = moments.map { _ in 0 }
            tolerances["normBiasGradient"] = moments.map { _ in 0 }
            for channel in moments.indices {
                let indices = operation.valueIndices(of: channel, unpooled)
                guard !indices.isEmpty else { continue }
                let norm = NormGradientBounds(
                    moments[channel], indices: indices, values: values, valueBounds: valueBounds, gradients: gradients,
                    terms: terms, bounds: bounds)
                tolerances["normWeightGradient"]?[channel] = norm.weightBound
                tolerances["normBiasGradient"]?[channel] = norm.biasBound
                let weight = parameter("normWeight", channel)
                for index in indices {
                    (gradients[index], terms[index], bounds[index]) = norm.inputGradient(index, weight: weight)
                }
            }
        }
        try addConvolutionGradients(gradients, terms: terms, bounds: bounds, to: &tolerances)
    }

    /// The gradients of the convolution from that of `x`.
    private func addConvolutionGradients(
        _ gradients: [Double], terms: [Double], bounds: [Double], to tolerances: inout [String: [Double]]
    ) throws(BackendError) {
        let earlier = try backend.upload(
            activation: inputs["earlierInputGradient"].map(abs).paddingFilled(operation.counts) { _ in 0 })
        guard let convolution = layer.convolution else {
            tolerances["inputGradient"] = bounds.indices.map {
                bounds[$0] + (operation.accumulate ? 2 * u * (terms[$0] + earlier.values[$0]) : u * terms[$0])
            }
            return
        }
        let absolute = gradients.map(abs)
        let weights = try backend.upload(inputs["weights"].map(abs))
        func inputGradient(_ gradient: [Double], accumulate: Bool) throws(BackendError) -> [Double] {
            let target = try backend.makeActivation(operation.shape(layer.input, models: models))
            if accumulate { target.values = earlier.values }
            backend.convolveInputGradient(
                convolution, outputGradient: try activation(gradient, unpooled), weights: weights,
                counts: operation.counts, accumulate: accumulate, inputGradient: target)
            return target.values
        }
        var sums = try inputGradient(absolute, accumulate: operation.accumulate)
        if convolution.stride == Extent(1) { sums = Self.withNeighbours(sums, image: convolution.input) }
        let propagated = try inputGradient(bounds, accumulate: false)
        let inputTerms = convolution.outputChannels * convolution.kernel.area + 1
        tolerances["inputGradient"] = sums.indices.map {
            Tolerance.roundings(ofSum: inputTerms) * u * sums[$0] + propagated[$0] + Tolerance.flushed(inputTerms)
        }

        let parameterTerms = operation.capacity * convolution.output.area
        let long = Tolerance.roundings(ofLongSum: parameterTerms) * u
        let (weightSums, biasSums) = try parameterGradients(absolute)
        let (weightBounds, biasBounds) = try parameterGradients(bounds)
        tolerances["weightGradient"] = weightSums.indices.map {
            long * weightSums[$0] + weightBounds[$0] + Tolerance.flushed(parameterTerms)
        }
        tolerances["biasGradient"] = biasSums.indices.map {
            long * biasSums[$0] + biasBounds[$0] + Tolerance.flushed(parameterTerms)
        }
    }

    /// The parameter gradients for an absolute gradient of `x`, and for absolute inputs.
    ///
    /// The image contains the padding: an infinite gradient times one of these zeros is NaN, as in PyTorch's matrix product; a
    /// backend may also skip the zeros.
    private func parameterGradients(_ gradient: [Double]) throws(BackendError) -> (weights: [Double], bias: [Double]) {
        guard var convolution = layer.convolution else { return ([], []) }
        let (inner, padding) = (convolution.input, convolution.padding)
        convolution.padding = Extent(0)
        convolution.input = Extent(
            height: inner.height + 2 * padding.height, width: inner.width + 2 * padding.width)
        let image = convolution.input
        let input = inputs["input"].map(abs).paddingFilled(operation.counts) { _ in 0 }
        let padded = try backend.makeActivation(operation.shape(convolution.inputShape, models: models))
        var paddedValues = padded.values
        for index in input.values.indices {
            let (row, column) = (index / inner.width, index % inner.width)
            let (plane, line) = row.quotientAndRemainder(dividingBy: inner.height)
            let rowStart = (plane * image.height + line + padding.height) * image.width
            paddedValues[rowStart + column + padding.width] = Double(input.values[index])
        }
        padded.values = paddedValues
        let weights = try backend.makeParameters(models: models, count: convolution.weightCount)
        let bias = try backend.makeParameters(models: models, count: convolution.outputChannels)
        backend.convolveParameterGradients(
            convolution, input: padded, outputGradient: try activation(gradient, unpooled), counts: operation.counts,
            weightGradient: ParameterSlice(weights), biasGradient: ParameterSlice(bias))
        return (weights.values, bias.values)
    }

    private func activation(_ values: [Double], _ sample: SampleShape) throws(BackendError) -> ReferenceActivation {
        let activation = try backend.makeActivation(operation.shape(sample, models: models))
        activation.values = values
        return activation
    }
}

/// The moments of a channel, and the bounds of their errors.
struct MomentBounds {
    let mean: Double
    let rstd: Double
    /// `d u A`, with `A` the largest `|x|`: the terms of a mean, or of a mean of differences to a value of the channel, are at
    /// most `A` (or twice that, of which the differences' roundings are counted in `d`); and the errors of the values.
    let meanBound: Double
    /// The relative error of ``rstd``.
    ///
    /// `(v (1 + t))^(-1/2)` changes by less than `t` for `t < 0.6`; the root and the division add `6 u + 5 u`, the
    /// addition of epsilon and the reference's rounding `2 u`.
    let rstdBound: Double
    private(set) var variance = 0.0
    /// Each squared deviation has `d` roundings.
    ///
    /// The rounding error of the mean enters the sum of squared deviations in second order, and the merging of partial moments
    /// in first order: `2 s` times the error of the means. The errors of the values and of their mean change each deviation.
    private(set) var varianceBound = 0.0
    /// `n / (n - 1)`.
    private(set) var unbiased = 1.0

    /// Given moments, of which only the reciprocal root is computed.
    init(mean: Double, rstd: Double) {
        (self.mean, self.rstd, meanBound, rstdBound) = (mean, rstd, 0, 13 * Tolerance.u)
    }

    /// The moments of values with errors.
    init(_ values: [Double], _ bounds: [Double], _ indices: [Int], epsilon: Double) {
        let (u, count) = (Tolerance.u, Double(max(indices.count, 1)))
        let roundings = Tolerance.roundings(ofLongSum: indices.count)
        let largest = indices.reduce(0) { max($0, abs(values[$1])) }
        let error = indices.reduce(0) { max($0, bounds[$1]) }
        let mean = indices.reduce(0) { $0 + values[$1] } / count
        let variance = indices.reduce(0) { $0 + (values[$1] - mean) * (values[$1] - mean) } / count
        let deviation = variance.squareRoot()
        let rounding = roundings * u * largest
        self.mean = mean
        self.variance = variance
        meanBound = rounding + error
        let bound =
            roundings * u * variance + 2 * deviation * rounding + rounding * rounding + 4 * deviation * error
            + 4 * error * error
        varianceBound = bound
        rstd = 1 / (variance + epsilon).squareRoot()
        rstdBound = bound / (variance + epsilon) + 13 * u
        unbiased = indices.count > 1 ? count / (count - 1) : 1
    }
}

/// The gradients of a channel's norm, and the bounds of their errors.
struct NormGradientBounds {
    let biasBound: Double
    let weightBound: Double
    private let moments: MomentBounds
    private let values: [Double]
    private let valueBounds: [Double]
    private let gradients: [Double]
    private let terms: [Double]
    private let bounds: [Double]
    private let count: Double
    /// `sum g`, `sum g z`, and the sums of their absolute terms.
    private let sums: (bias: Double, weight: Double, biasTerms: Double, weightTerms: Double)

    /// - Parameters:
    ///   - gradients: `g` of each value, with the sum of its absolute terms and the bound of its error.
    init(
        _ moments: MomentBounds, indices: [Int], values: [Double], valueBounds: [Double], gradients: [Double],
        terms: [Double], bounds: [Double]
    ) {
        (self.moments, self.values, self.valueBounds) = (moments, values, valueBounds)
        (self.gradients, self.terms, self.bounds) = (gradients, terms, bounds)
        count = Double(indices.count)
        let roundings = Tolerance.roundings(ofLongSum: indices.count) * Tolerance.u
        var sums = (bias: 0.0, weight: 0.0, biasTerms: 0.0, weightTerms: 0.0)
        var (propagatedBias, propagatedWeight) = (0.0, 0.0)
        for index in indices {
            let (z, bound) = Self.normalized(values[index], valueBounds[index], moments)
            sums.bias += gradients[index]
            sums.weight += gradients[index] * z
            sums.biasTerms += terms[index]
            sums.weightTerms += terms[index] * abs(z)
            propagatedBias += bounds[index]
            propagatedWeight += terms[index] * bound + bounds[index] * abs(z)
        }
        self.sums = sums
        biasBound = roundings * sums.biasTerms + propagatedBias + Tolerance.flushed(indices.count)
        weightBound = roundings * sums.weightTerms + propagatedWeight + Tolerance.flushed(indices.count)
    }

    /// `z` and the bound of its error; if a backend folds the mean into a shift, the roundings are relative to larger terms.
    private static func normalized(
        _ value: Double, _ bound: Double, _ moments: MomentBounds
    ) -> (z: Double, bound: Double) {
        let z = (value - moments.mean) * moments.rstd
        return (
            z,
            moments.rstd * (bound + moments.meanBound) + abs(z) * moments.rstdBound
                + 3 * Tolerance.u * moments.rstd * (abs(value) + abs(moments.mean))
        )
    }

    /// The gradient of a value, the sum of its absolute terms, and the bound of its error.
    func inputGradient(_ index: Int, weight: Double) -> (gradient: Double, terms: Double, bound: Double) {
        let (z, zBound) = Self.normalized(values[index], valueBounds[index], moments)
        let scale = abs(weight) * moments.rstd
        let all = terms[index] + sums.biasTerms / count + abs(z) * sums.weightTerms / count
        let bound =
            bounds[index] + biasBound / count + abs(z) * weightBound / count + zBound * sums.weightTerms / count
            + (13 * Tolerance.u + moments.rstdBound) * all
        return (
            weight * moments.rstd * (gradients[index] - sums.bias / count - z * sums.weight / count), scale * all,
            scale * bound + Tolerance.flushed(4)
        )
    }
}
