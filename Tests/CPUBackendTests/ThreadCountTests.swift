import Backend
import CPUBackend
import Testing

/// An operation with its inputs and all of its results.
struct ThreadedOperation: Sendable, CustomTestStringConvertible {
    let name: String
    let run: @Sendable (Workbench) throws -> [[Float]]

    var testDescription: String { name }
}

/// A backend with a number of threads, and values that do not depend on that number.
struct Workbench {
    /// The capacity and counts give full, partial and empty lane groups, and odd numbers of chunks.
    static let counts = SampleCounts([160, 33, 0, 1, 145])
    static let samples = 160

    let backend: CPUBackend
    var models: Int { Self.counts.models }
    var counts: SampleCounts { Self.counts }

    init(threads: Int) throws {
        backend = try CPUBackend(threads: threads)
    }

    /// Pseudorandom numbers in -1...1 that are the same on all machines (a Weyl sequence of the golden ratio).
    private func values(_ count: Int, seed: Int) -> [Float] {
        (0..<count).map { index in
            let fraction = (Double(index &* 7919 &+ seed &* 104_729) * 0.618_033_988_749_894_9)
                .truncatingRemainder(dividingBy: 1)
            return Float(2 * fraction - 1)
        }
    }

    func activation(_ channels: Int, _ image: Extent, seed: Int) throws -> CPUActivation {
        let shape = ActivationShape(models: models, samples: Self.samples, channels: channels, image: image)
        let activation = try backend.makeActivation(shape)
        try backend.write(values(shape.count, seed: seed), to: activation)
        return activation
    }

    func slice(_ count: Int, seed: Int) throws -> ParameterSlice<CPUParameters> {
        let parameters = try backend.makeParameters(models: models, count: count)
        try backend.write(values(models * count, seed: seed), to: parameters)
        return ParameterSlice(parameters)
    }

    /// Pseudorandom parameters of a layer with a convolution and a norm; variances are positive.
    func parameters(of layer: FusedLayer) throws -> FusedLayerParameters<CPUParameters> {
        let channels = layer.unpooled.channels
        let variance = try slice(channels, seed: 14)
        try backend.write(Array(repeating: 0.7, count: models * channels), to: variance.storage)
        return FusedLayerParameters(
            weights: try slice(layer.convolution?.weightCount ?? 0, seed: 15), bias: try slice(channels, seed: 16),
            norm: BatchNormParameters(
                weight: try slice(channels, seed: 11), bias: try slice(channels, seed: 12),
                runningMean: try slice(channels, seed: 13), runningVariance: variance))
    }

    /// Gradients of a layer with a convolution and a norm, with other contents.
    func gradients(of layer: FusedLayer, seed: Int) throws -> FusedLayerGradients<CPUParameters> {
        let channels = layer.unpooled.channels
        return FusedLayerGradients(
            weights: try slice(layer.convolution?.weightCount ?? 0, seed: seed),
            bias: try slice(channels, seed: seed + 1), normWeight: try slice(channels, seed: seed + 2),
            normBias: try slice(channels, seed: seed + 3))
    }

    func activation(_ sample: SampleShape, seed: Int) throws -> CPUActivation {
        try activation(sample.channels, sample.image, seed: seed)
    }

    /// The numbers of all gradients.
    func read(_ gradients: FusedLayerGradients<CPUParameters>) throws -> [[Float]] {
        try [gradients.weights, gradients.bias, gradients.normWeight, gradients.normBias].compactMap { slice in
            try slice.map { try read($0) }
        }
    }

    func labels(classes: Int) throws -> CPULabels {
        let labels = try backend.makeLabels(LabelShape(models: models, samples: Self.samples))
        try backend.write((0..<models * Self.samples).map { UInt8($0 * 7 % classes) }, to: labels)
        return labels
    }

    /// The values of all samples, without padding.
    func read(_ activation: CPUActivation) throws -> [Float] {
        let shape = activation.shape
        let values = try backend.read(activation)
        return (0..<models).flatMap { model in
            let first = model * shape.samples * shape.valuesPerSample
            return values[first..<first + counts.perModel[model] * shape.valuesPerSample]
        }
    }

    func read(_ slice: ParameterSlice<CPUParameters>) throws -> [Float] {
        try backend.read(slice.storage)
    }
}

extension ThreadedOperation {
    private static let layers = [
        FusedLayer(
            Convolution(inputChannels: 1, outputChannels: 8, input: Extent(28), kernel: Extent(7), padding: Extent(3)),
            norm: BatchNorm(), relu: true, pool: MaxPool(kernel: Extent(3), stride: Extent(2))),
        FusedLayer(
            Convolution(inputChannels: 8, outputChannels: 17, input: Extent(13), kernel: Extent(3), stride: Extent(2)),
            norm: BatchNorm(), addsResidual: true, relu: true),
    ]

    private static func training(_ layer: FusedLayer) -> ThreadedOperation {
        ThreadedOperation(name: "training \(layer)") { bench in
            let (backend, counts) = (bench.backend, bench.counts)
            let parameters = try bench.parameters(of: layer)
            let input = try bench.activation(layer.input, seed: 1)
            let workspace = try backend.makeWorkspace(for: layer, models: bench.models, samples: Workbench.samples)
            let residual = layer.addsResidual ? try bench.activation(layer.unpooled, seed: 6) : nil
            func forward() throws -> CPUActivation {
                let output = try bench.activation(layer.output, seed: 5)
                try backend.forwardTraining(
                    layer, parameters, input: input, residual: residual, counts: counts, workspace: workspace,
                    output: output)
                return output
            }
            var results = [try bench.read(forward())]
            let output = try forward()
            let gradients = try bench.gradients(of: layer, seed: 7)
            let inputGradient = try bench.activation(layer.input, seed: 11)
            let outputGradient = try bench.activation(layer.output, seed: 12)
            try backend.backwardOutput(
                layer, output: output, outputGradient: outputGradient, counts: counts, workspace: workspace)
            try backend.backwardInput(
                layer, parameters, input: input, outputGradient: outputGradient, counts: counts, workspace: workspace,
                gradients: gradients, inputGradient: inputGradient, accumulate: true)
            results += [try bench.read(inputGradient), try bench.read(outputGradient)]
            if let norm = parameters.norm {
                results += [try bench.read(norm.runningMean), try bench.read(norm.runningVariance)]
            }
            return results + (try bench.read(gradients))
        }
    }

    private static func evaluation(_ layer: FusedLayer) -> ThreadedOperation {
        ThreadedOperation(name: "evaluation \(layer)") { bench in
            let output = try bench.activation(layer.output, seed: 2)
            try bench.backend.forwardEvaluation(
                layer, bench.parameters(of: layer), input: bench.activation(layer.input, seed: 1),
                residual: layer.addsResidual ? bench.activation(layer.unpooled, seed: 6) : nil, counts: bench.counts,
                output: output)
            return [try bench.read(output)]
        }
    }

    private static let globalPool = AveragePool(global: Extent(6))
    private static let shortcut = PaddedShortcut(
        input: SampleShape(channels: 3, image: Extent(7)), outputChannels: 8, channelsBefore: 2, stride: Extent(2))

    static let all: [ThreadedOperation] =
        layers.flatMap { [training($0), evaluation($0)] } + [
            ThreadedOperation(name: "average-pool and its gradient") { bench in
                let output = try bench.activation(16, Extent(1), seed: 1)
                let inputGradient = try bench.activation(16, Extent(6), seed: 2)
                try bench.backend.averagePool(
                    globalPool, input: bench.activation(16, Extent(6), seed: 3), counts: bench.counts, output: output)
                try bench.backend.averagePoolGradient(
                    globalPool, outputGradient: output, counts: bench.counts, inputGradient: inputGradient)
                return [try bench.read(output), try bench.read(inputGradient)]
            },
            ThreadedOperation(name: "dropout") { bench in
                let masks = try bench.backend.makeMasks(
                    MaskShape(models: bench.models, samples: Workbench.samples, values: 48))
                let words = (0..<2 * Workbench.samples).map { UInt32(truncatingIfNeeded: $0 &* 2_654_435_761) }
                try bench.backend.write(Array(repeating: words, count: bench.models), to: masks)
                let output = try bench.activation(3, Extent(4), seed: 1)
                try bench.backend.dropout(
                    masks, start: 0, scales: bench.slice(1, seed: 2).storage,
                    input: bench.activation(3, Extent(4), seed: 3), counts: bench.counts, output: output)
                return [try bench.read(output)]
            },
            ThreadedOperation(name: "label smoothing and clipping") { bench in
                let (backend, counts) = (bench.backend, bench.counts)
                let gradient = try bench.activation(10, Extent(1), seed: 1)
                let scores = try backend.makeScores(models: bench.models, steps: 1)
                try backend.smoothLabels(
                    bench.slice(1, seed: 2).storage, logits: bench.activation(10, Extent(1), seed: 3),
                    labels: bench.labels(classes: 10), counts: counts, gradient: gradient, scores: scores, step: 0)
                let gradients = try bench.slice(1000, seed: 4)
                let maxima = try backend.makeParameters(models: bench.models, count: 1)
                try backend.write(Array(repeating: 0.5, count: bench.models), to: maxima)
                try backend.clipGradients(gradients.storage, maxima: maxima, counts: counts)
                return [
                    try bench.read(gradient), try bench.read(gradients),
                    try backend.read(scores).map { $0[0].lossSum },
                ]
            },
            ThreadedOperation(name: "padded shortcut and its gradient") { bench in
                let output = try bench.activation(shortcut.output, seed: 1)
                let inputGradient = try bench.activation(shortcut.input, seed: 2)
                try bench.backend.paddedShortcut(
                    shortcut, input: bench.activation(shortcut.input, seed: 3), counts: bench.counts, output: output)
                try bench.backend.paddedShortcutGradient(
                    shortcut, outputGradient: output, counts: bench.counts, inputGradient: inputGradient,
                    accumulate: true)
                return [try bench.read(output), try bench.read(inputGradient)]
            },
            ThreadedOperation(name: "linear and its gradients") { bench in
                let weights = try bench.slice(10 * 576, seed: 1)
                let input = try bench.activation(16, Extent(6), seed: 2)
                let output = try bench.activation(10, Extent(1), seed: 3)
                let inputGradient = try bench.activation(16, Extent(6), seed: 4)
                let (weightGradient, biasGradient) = (try bench.slice(10 * 576, seed: 5), try bench.slice(10, seed: 6))
                try bench.backend.linear(
                    input: input, weights: weights, bias: bench.slice(10, seed: 7), counts: bench.counts,
                    output: output)
                try bench.backend.linearGradients(
                    input: input, weights: weights, outputGradient: output, counts: bench.counts,
                    weightGradient: weightGradient, biasGradient: biasGradient, inputGradient: inputGradient)
                return try [
                    bench.read(output), bench.read(inputGradient), bench.read(weightGradient),
                    bench.read(biasGradient),
                ]
            },
            ThreadedOperation(name: "softmax cross-entropy") { bench in
                let gradient = try bench.activation(10, Extent(1), seed: 1)
                let scores = try bench.backend.makeScores(models: bench.models, steps: 2)
                try bench.backend.softmaxCrossEntropy(
                    logits: bench.activation(10, Extent(1), seed: 2), labels: bench.labels(classes: 10),
                    counts: bench.counts, gradient: gradient, scores: scores, step: 1)
                let sums = try bench.backend.read(scores).map { $0.flatMap { [$0.lossSum, Float($0.correct)] } }
                return sums + [try bench.read(gradient)]
            },
            ThreadedOperation(name: "gather") { bench in
                let image = Extent(28)
                let images = ImageBytes(
                    pixels: (0..<100 * image.area).map { UInt8($0 * 31 % 251) }, labels: (0..<100).map { UInt8($0) },
                    channels: 1, image: image)
                let order = try bench.backend.makeSampleOrder(
                    (0..<bench.models).map { model in
                        (0..<5 + Workbench.samples).map { Int32(($0 * 37 + model * 11) % 100) }
                    },
                    datasetSize: 100)
                let target = try bench.activation(1, image, seed: 1)
                let labels = try bench.backend.makeLabels(
                    LabelShape(models: bench.models, samples: Workbench.samples))
                try bench.backend.gather(
                    from: bench.backend.makeDataset(images), order: order, start: 5, counts: bench.counts,
                    images: target, labels: labels)
                return [try bench.read(target), try bench.backend.read(labels).map(Float.init)]
            },
            ThreadedOperation(name: "SGD step") { bench in
                let parameters = try bench.slice(1001, seed: 1)
                try bench.backend.sgdStep(
                    parameters: parameters.storage, gradients: bench.slice(1001, seed: 2).storage,
                    learningRates: bench.slice(1, seed: 3).storage, counts: bench.counts)
                return [try bench.read(parameters)]
            },
        ]
}

@Suite("Thread counts", .timeLimit(.minutes(5)))
struct ThreadCountTests {
    /// The bits of a result do not depend on the number of threads.
    @Test(arguments: ThreadedOperation.all, [2, 3, 5])
    func resultsDoNotDependOnThreads(_ operation: ThreadedOperation, _ threads: Int) throws {
        let expected = try bits(operation, threads: 1)
        // Several runs, because the timing differs from run to run.
        for _ in 0..<3 {
            let found = try bits(operation, threads: threads)
            #expect(found == expected)
        }
        let isZero = expected.joined().allSatisfy { $0 == 0 }
        #expect(!isZero)
    }

    private func bits(_ operation: ThreadedOperation, threads: Int) throws -> [[UInt32]] {
        let results: [[Float]] = try operation.run(try Workbench(threads: threads))
        return results.map { $0.map(\.bitPattern) }
    }
}
