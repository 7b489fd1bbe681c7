import Backend
import CPUBackend
import Testing

/// Deferred outputs have the same bits as outputs that are materialised immediately; reading an activation materialises it.
@Suite("Deferred normalisation")
struct DeferredNormalizationTests {
    private static let first = Convolution(
        inputChannels: 3, outputChannels: 8, input: Extent(9), kernel: Extent(3), padding: Extent(1))

    /// Runs the forward and backward passes of a layer and of a second one that reads its output as input and as residual.
    ///
    /// - Parameter materializesOutput: whether to read the first layer's output between the layers.
    private func run(pool: MaxPool?, materializesOutput: Bool) throws -> [[Float]] {
        let bench = try Workbench(threads: 2)
        let (backend, counts) = (bench.backend, bench.counts)
        let image = pool?.output(for: Self.first.output) ?? Self.first.output
        let second = Convolution(
            inputChannels: 8, outputChannels: 8, input: image, kernel: Extent(3), padding: Extent(1))
        let layers = [try bench.layer(Self.first, pool: pool), try bench.layer(second, pool: nil)]
        let input = try bench.activation(3, Self.first.input, seed: 1)
        let outputs = [try bench.activation(8, image, seed: 2), try bench.activation(8, image, seed: 3)]
        let records = try [Self.first.output, image].map { image in
            ConvolutionNormRecord(
                convolved: try bench.activation(8, image, seed: 4), mean: try bench.slice(8, seed: 5),
                rstd: try bench.slice(8, seed: 6))
        }
        var record = records[0]
        if pool != nil {
            record.argmax = PoolArgmax(
                indices: try bench.activation(8, image, seed: 7), values: try bench.activation(8, image, seed: 8))
        }
        let gradients = try layers.map { layer in
            ConvolutionNormGradients(
                weights: try bench.slice(layer.convolution.weightCount, seed: 9), bias: try bench.slice(8, seed: 10),
                normWeight: try bench.slice(8, seed: 11), normBias: try bench.slice(8, seed: 12))
        }
        let outputGradient = try bench.activation(8, image, seed: 13)
        var results: [[Float]] = []

        try backend.forwardTraining(
            layers[0], input: input, residual: nil, counts: counts, record: record, output: outputs[0])
        if materializesOutput { _ = try backend.read(outputs[0]) }
        try backend.forwardTraining(
            layers[1], input: outputs[0], residual: outputs[0], counts: counts, record: records[1], output: outputs[1])
        results.append(try bench.read(outputs[1]))
        // As in a residual block, the residual gradient becomes the gradient of the first output.
        try backend.backward(
            layers[1], input: outputs[0], output: outputs[1], outputGradient: outputGradient, counts: counts,
            record: records[1], gradients: gradients[1], inputGradient: outputs[1], accumulate: false)
        try backend.backward(
            layers[0], input: input, output: outputs[0], outputGradient: outputGradient, counts: counts,
            record: record, gradients: gradients[0], inputGradient: nil, accumulate: false)
        for activation in [outputGradient, outputs[1], record.convolved] { results.append(try bench.read(activation)) }
        for gradients in gradients {
            for slice in [gradients.weights, gradients.normWeight, gradients.normBias] {
                results.append(try bench.read(slice))
            }
        }
        return results
    }

    @Test(arguments: [nil, MaxPool(kernel: Extent(3), stride: Extent(2))])
    func changesNoBit(_ pool: MaxPool?) throws {
        let (deferred, materialized) = (
            try run(pool: pool, materializesOutput: false), try run(pool: pool, materializesOutput: true)
        )
        for (index, (deferred, materialized)) in zip(deferred, materialized).enumerated() {
            #expect(deferred.contains { $0 != 0 })
            let differences = zip(deferred, materialized).filter { $0.bitPattern != $1.bitPattern }
            #expect(differences.isEmpty, "array \(index)")
        }
    }

    /// A write replaces a deferred normalisation.
    @Test func endsWithAWrite() throws {
        let bench = try Workbench(threads: 1)
        let layer = try bench.layer(Self.first, pool: nil)
        let output = try bench.activation(8, Self.first.output, seed: 1)
        let record = ConvolutionNormRecord(
            convolved: try bench.activation(8, Self.first.output, seed: 2), mean: try bench.slice(8, seed: 3),
            rstd: try bench.slice(8, seed: 4))
        try bench.backend.forwardTraining(
            layer, input: bench.activation(3, Self.first.input, seed: 5), residual: nil, counts: bench.counts,
            record: record, output: output)
        let written = Array(repeating: Float(2), count: output.shape.count)
        try bench.backend.write(written, to: output)
        #expect(try bench.backend.read(output) == written)
    }
}
