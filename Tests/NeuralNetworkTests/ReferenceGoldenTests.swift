import Backend
import ReferenceBackend
import Testing

/// The scalar reference of the parity tests against PyTorch in fp64.
///
/// Both compute in Double from the same fp32 inputs, so they agree to Double's rounding; the tolerance is 1e-12 of the
/// largest value met, for sums of a hundred terms. Where the contract's fp32 constants differ from Python's numbers
/// (epsilon 1e-5 and momentum 0.1), it is their rounding, 2⁻²⁴ of what they multiply.
@Suite("The reference against PyTorch")
struct ReferenceGoldenTests {
    private let golden: GoldenFile
    private let backend = ReferenceBackend(.double)

    init() throws {
        golden = try GoldenFile.operations()
    }

    @Test(arguments: 0..<4)
    func convolution(_ number: Int) throws {
        let name = "convolution.\(number)"
        let shape = try golden("\(name).shape").map { Int($0) }
        let convolution = Convolution(
            inputChannels: shape[1], outputChannels: shape[2], input: Extent(height: shape[3], width: shape[4]),
            kernel: Extent(height: shape[5], width: shape[6]), stride: Extent(height: shape[7], width: shape[8]),
            padding: Extent(height: shape[9], width: shape[10]))
        let counts = SampleCounts([shape[0]])
        let input = try activation("\(name).input")
        let weights = try parameters("\(name).weight")
        let output = try activation(like: "\(name).output")
        backend.convolve(
            convolution, input: input, weights: weights, bias: try parameters("\(name).bias"), counts: counts,
            output: output)
        try expect(output.values, "\(name).output")

        let outputGradient = try activation("\(name).outputGradient")
        let inputGradient = try activation(like: "\(name).input")
        backend.convolveInputGradient(
            convolution, outputGradient: outputGradient, weights: weights, counts: counts, accumulate: false,
            inputGradient: inputGradient)
        try expect(inputGradient.values, "\(name).inputGradient")

        let weightGradient = try parameters("\(name).weight")
        let biasGradient = try parameters("\(name).bias")
        backend.convolveParameterGradients(
            convolution, input: input, outputGradient: outputGradient, counts: counts, weightGradient: weightGradient,
            biasGradient: biasGradient)
        try expect(weightGradient.storage.values, "\(name).weightGradient")
        try expect(biasGradient.storage.values, "\(name).biasGradient")
    }

    /// Three steps of PyTorch's SGD, with and without momentum and weight decay.
    @Test(arguments: 0..<4)
    func sgd(_ number: Int) throws {
        let name = "sgd.\(number)"
        let parameters = try parameters("\(name).initial").storage
        let settings = try golden("\(name).settings").map { value in
            let one = try backend.makeParameters(models: 1, count: 1)
            try backend.write([Float(value)], to: one)
            return one
        }
        let velocities = try backend.makeParameters(models: 1, count: parameters.count)
        let gradients = try golden("\(name).gradients").map { Float($0) }
        for step in 0..<3 {
            let gradient = try backend.makeParameters(models: 1, count: parameters.count)
            try backend.write(
                Array(gradients[step * parameters.count..<(step + 1) * parameters.count]), to: gradient)
            try backend.sgdStep(
                parameters: parameters, gradients: gradient, velocities: velocities, learningRates: settings[0],
                momenta: settings[1], weightDecays: settings[2], counts: SampleCounts([1]))
            let expected = try golden("\(name).parameters")
            for index in 0..<parameters.count {
                #expect(abs(parameters.values[index] - expected[step * parameters.count + index]) < 1e-14)
            }
        }
    }

    @Test(arguments: 0..<3)
    func batchNorm(_ number: Int) throws {
        let name = "batchnorm.\(number)"
        let shape = try golden("\(name).shape").map { Int($0) }
        let counts = SampleCounts([shape[0]])
        let input = try activation("\(name).input")
        let residual = shape[4] == 1 ? try activation("\(name).residual") : nil
        let layer = FusedLayer(
            on: input.shape.sample, norm: BatchNorm(), addsResidual: residual != nil, relu: shape[5] == 1)
        let norm = BatchNormParameters(
            weight: try parameters("\(name).weight"), bias: try parameters("\(name).bias"),
            runningMean: try parameters("\(name).runningMean"),
            runningVariance: try parameters("\(name).runningVariance"))
        let layerParameters = FusedLayerParameters(norm: norm)
        let output = try activation(like: "\(name).input")
        let constants = 0x1p-24
        try backend.forwardEvaluation(
            layer, layerParameters, input: input, residual: residual, counts: counts, output: output)
        try expect(output.values, "\(name).evaluated", tolerance: constants * 1e-4)

        let workspace = try backend.makeWorkspace(for: layer, models: 1, samples: shape[0])
        try backend.forwardTraining(
            layer, layerParameters, input: input, residual: residual, counts: counts, workspace: workspace,
            output: output)
        try expect(output.values, "\(name).output", tolerance: constants * 1e-4)
        try expect(norm.runningMean.storage.values, "\(name).newRunningMean", tolerance: constants)
        try expect(norm.runningVariance.storage.values, "\(name).newRunningVariance", tolerance: constants)

        let gradients = FusedLayerGradients(
            normWeight: try parameters("\(name).weight"), normBias: try parameters("\(name).bias"))
        let outputGradient = try activation("\(name).outputGradient")
        let inputGradient = try activation(like: "\(name).input")
        try backend.backwardOutput(
            layer, output: output, outputGradient: outputGradient, counts: counts, workspace: workspace)
        try backend.backwardInput(
            layer, layerParameters, input: input, outputGradient: outputGradient, counts: counts, workspace: workspace,
            gradients: gradients, inputGradient: inputGradient, accumulate: false)
        try expect(inputGradient.values, "\(name).inputGradient", tolerance: constants * 1e-4)
        try expect(
            try #require(gradients.normWeight).storage.values, "\(name).weightGradient", tolerance: constants * 1e-4)
        try expect(try #require(gradients.normBias).storage.values, "\(name).biasGradient")
        if residual != nil { try expect(outputGradient.values, "\(name).residualGradient") }
    }

    @Test(arguments: 0..<2)
    func maxPool(_ number: Int) throws {
        let name = "maxpool.\(number)"
        let shape = try golden("\(name).shape").map { Int($0) }
        let pool = MaxPool(
            kernel: Extent(height: shape[4], width: shape[5]), stride: Extent(height: shape[6], width: shape[7]))
        let counts = SampleCounts([shape[0]])
        let input = try activation("\(name).input")
        let output = try activation(like: "\(name).output")
        backend.maxPool(pool, input: input, counts: counts, output: output)
        try expect(output.values, "\(name).output", tolerance: 0)
        let inputGradient = backend.maxPoolGradient(
            pool, input: input, outputGradient: try activation("\(name).outputGradient"), counts: counts)
        try expect(inputGradient.values, "\(name).inputGradient")
    }

    @Test func linear() throws {
        let name = "linear.0"
        let input = try activation("\(name).input")
        let weights = try parameters("\(name).weight")
        let counts = SampleCounts([input.shape.samples])
        let output = try activation(like: "\(name).output")
        try backend.linear(
            input: input, weights: weights, bias: try parameters("\(name).bias"), counts: counts, output: output)
        try expect(output.values, "\(name).output")

        let outputGradient = try activation("\(name).outputGradient")
        let inputGradient = try activation(like: "\(name).input")
        let weightGradient = try parameters("\(name).weight")
        let biasGradient = try parameters("\(name).bias")
        try backend.linearGradients(
            input: input, weights: weights, outputGradient: outputGradient, counts: counts,
            weightGradient: weightGradient, biasGradient: biasGradient, inputGradient: inputGradient)
        try expect(inputGradient.values, "\(name).inputGradient")
        try expect(weightGradient.storage.values, "\(name).weightGradient")
        try expect(biasGradient.storage.values, "\(name).biasGradient")
    }

    /// Logits of size 1 and of size 1000, with ties, with NaN, with infinities.
    @Test(arguments: 0..<5)
    func loss(_ number: Int) throws {
        let name = "loss.\(number)"
        let logits = try activation("\(name).logits")
        let labels = try backend.makeLabels(LabelShape(models: 1, samples: logits.shape.samples))
        try backend.write(try golden("\(name).labels").map { UInt8($0) }, to: labels)
        let gradient = try activation(like: "\(name).logits")
        let scores = try backend.makeScores(models: 1, steps: 1)
        try backend.softmaxCrossEntropy(
            logits: logits, labels: labels, counts: SampleCounts([logits.shape.samples]), gradient: gradient,
            scores: scores, step: 0)
        try expect(gradient.values, "\(name).gradient")
        try expect(scores.lossSums[0], "\(name).lossSum")
        #expect(try backend.read(scores)[0][0].correct == Int(try golden("\(name).correct")[0]))
    }

    /// An activation that holds a tensor of two or four dimensions.
    private func activation(_ name: String) throws -> ReferenceActivation {
        let activation = try activation(like: name)
        try backend.write(try golden.floats(name), to: activation)
        return activation
    }

    private func activation(like name: String) throws -> ReferenceActivation {
        let shape = try golden.shape(name) + [1, 1]
        return try backend.makeActivation(
            ActivationShape(
                models: 1, samples: shape[0], channels: shape[1], image: Extent(height: shape[2], width: shape[3])))
    }

    private func parameters(_ name: String) throws -> ParameterSlice<ReferenceParameters> {
        let values = try golden.floats(name)
        let parameters = try backend.makeParameters(models: 1, count: values.count)
        try backend.write(values, to: parameters)
        return ParameterSlice(parameters)
    }

    private func expect(
        _ found: [Double], _ name: String, tolerance: Double = 1e-12,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = try golden(name)
        #expect(found.count == expected.count, sourceLocation: sourceLocation)
        let scale = expected.filter(\.isFinite).map(abs).max() ?? 0
        for (index, (found, expected)) in zip(found, expected).enumerated() {
            let agree =
                found == expected || (found.isNaN && expected.isNaN)
                || abs(found - expected) <= tolerance * max(scale, 1)
            #expect(agree, "\(name)[\(index)]: \(found), PyTorch \(expected)", sourceLocation: sourceLocation)
        }
    }
}
