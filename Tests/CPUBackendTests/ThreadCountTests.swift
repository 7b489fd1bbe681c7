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

    /// A layer with pseudorandom parameters; variances are positive.
    func layer(_ convolution: Convolution, pool: MaxPool?) throws -> ConvolutionNorm<CPUParameters> {
        let channels = convolution.outputChannels
        let variance = try slice(channels, seed: 14)
        try backend.write(Array(repeating: 0.7, count: models * channels), to: variance.storage)
        let norm = BatchNorm(
            weight: try slice(channels, seed: 11), bias: try slice(channels, seed: 12),
            runningMean: try slice(channels, seed: 13), runningVariance: variance, relu: true, pool: pool)
        return ConvolutionNorm(
            convolution, weights: try slice(convolution.weightCount, seed: 15), bias: try slice(channels, seed: 16),
            norm: norm)
    }

    func labels(classes: Int) throws -> CPULabels {
        let labels = try backend.makeLabels(models: models, samples: Self.samples)
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
    private static let layers: [(convolution: Convolution, pool: MaxPool?)] = [
        (
            Convolution(inputChannels: 1, outputChannels: 8, input: Extent(28), kernel: Extent(7), padding: Extent(3)),
            MaxPool(kernel: Extent(3), stride: Extent(2))
        ),
        (
            Convolution(inputChannels: 8, outputChannels: 17, input: Extent(13), kernel: Extent(3), stride: Extent(2)),
            nil
        ),
    ]

    private static func training(_ convolution: Convolution, _ pool: MaxPool?) -> ThreadedOperation {
        ThreadedOperation(name: "training \(convolution)") { bench in
            let channels = convolution.outputChannels
            let layer = try bench.layer(convolution, pool: pool)
            let input = try bench.activation(convolution.inputChannels, convolution.input, seed: 1)
            let record = ConvolutionNormRecord(
                convolved: try bench.activation(channels, convolution.output, seed: 2),
                mean: try bench.slice(channels, seed: 3), rstd: try bench.slice(channels, seed: 4))
            let image = layer.norm.outputShape(for: record.convolved.shape).image
            let output = try bench.activation(channels, image, seed: 5)
            let residual = pool == nil ? try bench.activation(channels, convolution.output, seed: 6) : nil
            try bench.backend.forwardTraining(
                layer, input: input, residual: residual, counts: bench.counts, record: record, output: output)
            var results = try [
                bench.read(record.mean), bench.read(record.rstd), bench.read(layer.norm.runningMean),
                bench.read(layer.norm.runningVariance), bench.read(record.convolved), bench.read(output),
            ]
            let gradients = ConvolutionNormGradients(
                weights: try bench.slice(convolution.weightCount, seed: 7), bias: try bench.slice(channels, seed: 8),
                normWeight: try bench.slice(channels, seed: 9), normBias: try bench.slice(channels, seed: 10))
            let inputGradient = try bench.activation(convolution.inputChannels, convolution.input, seed: 11)
            let outputGradient = try bench.activation(channels, image, seed: 12)
            try bench.backend.backward(
                layer, input: input, output: output, outputGradient: outputGradient, counts: bench.counts,
                record: record, gradients: gradients, inputGradient: inputGradient, accumulate: true)
            results += try [
                bench.read(record.convolved), bench.read(gradients.weights), bench.read(gradients.normWeight),
                bench.read(gradients.normBias), bench.read(inputGradient), bench.read(outputGradient),
            ]
            if let bias = gradients.bias { results.append(try bench.read(bias)) }
            return results
        }
    }

    private static func evaluation(_ convolution: Convolution, _ pool: MaxPool?) -> ThreadedOperation {
        ThreadedOperation(name: "evaluation \(convolution)") { bench in
            let layer = try bench.layer(convolution, pool: pool)
            let input = try bench.activation(convolution.inputChannels, convolution.input, seed: 1)
            let image = layer.norm.outputShape(for: layer.convolvedShape(for: input.shape)).image
            let output = try bench.activation(convolution.outputChannels, image, seed: 2)
            try bench.backend.forwardEvaluation(
                layer, input: input, residual: nil, counts: bench.counts, output: output)
            return [try bench.read(output)]
        }
    }

    static let all: [ThreadedOperation] =
        layers.flatMap { [training($0.convolution, $0.pool), evaluation($0.convolution, $0.pool)] } + [
            ThreadedOperation(name: "linear and its gradients") { bench in
                let weights = try bench.slice(10 * 576, seed: 1)
                let input = try bench.activation(16, Extent(6), seed: 2)
                let output = try bench.activation(10, Extent(1), seed: 3)
                let inputGradient = try bench.activation(16, Extent(6), seed: 4)
                let (weightGradient, biasGradient) = (try bench.slice(10 * 576, seed: 5), try bench.slice(10, seed: 6))
                try bench.backend.linear(
                    input: input, weights: weights, bias: bench.slice(10, seed: 7), counts: bench.counts,
                    output: output)
                try bench.backend.linearInputGradient(
                    outputGradient: output, weights: weights, counts: bench.counts, inputGradient: inputGradient)
                try bench.backend.linearParameterGradients(
                    input: input, outputGradient: output, counts: bench.counts, weightGradient: weightGradient,
                    biasGradient: biasGradient)
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
                let labels = try bench.backend.makeLabels(models: bench.models, samples: Workbench.samples)
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
