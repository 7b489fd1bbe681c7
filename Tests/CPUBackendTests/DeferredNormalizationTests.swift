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
        let layers = [
            FusedLayer(Self.first, norm: BatchNorm(), relu: true, pool: pool),
            FusedLayer(
                Convolution(
                    inputChannels: 8, outputChannels: 8, input: image, kernel: Extent(3), padding: Extent(1)),
                norm: BatchNorm(), addsResidual: true, relu: true),
        ]
        let parameters = try layers.map { try bench.parameters(of: $0) }
        let gradients = try layers.map { try bench.gradients(of: $0, seed: 9) }
        let workspaces = try layers.map {
            try backend.makeWorkspace(for: $0, models: bench.models, samples: Workbench.samples)
        }
        let input = try bench.activation(3, Self.first.input, seed: 1)
        let outputs = [try bench.activation(8, image, seed: 2), try bench.activation(8, image, seed: 3)]
        let outputGradient = try bench.activation(8, image, seed: 13)
        let innerGradient = try bench.activation(8, image, seed: 14)
        let inputGradient = try bench.activation(3, Self.first.input, seed: 15)
        var results: [[Float]] = []

        try backend.forwardTraining(
            layers[0], parameters[0], input: input, residual: nil, counts: counts, workspace: workspaces[0],
            output: outputs[0])
        if materializesOutput { _ = try backend.read(outputs[0]) }
        try backend.forwardTraining(
            layers[1], parameters[1], input: outputs[0], residual: outputs[0], counts: counts,
            workspace: workspaces[1], output: outputs[1])
        results.append(try bench.read(outputs[1]))
        func backward(_ index: Int, input: CPUActivation, gradient: CPUActivation, to target: CPUActivation) throws {
            try backend.backwardOutput(
                layers[index], output: outputs[index], outputGradient: gradient, counts: counts,
                workspace: workspaces[index])
            try backend.backwardInput(
                layers[index], parameters[index], input: input, outputGradient: gradient, counts: counts,
                workspace: workspaces[index], gradients: gradients[index], inputGradient: target, accumulate: false)
        }
        // As in a residual block, the residual gradient becomes the gradient of the first output.
        try backward(1, input: outputs[0], gradient: outputGradient, to: innerGradient)
        try backward(0, input: input, gradient: outputGradient, to: inputGradient)
        for activation in [outputGradient, innerGradient, inputGradient] { results.append(try bench.read(activation)) }
        for gradients in gradients { results += try bench.read(gradients) }
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

    /// An output after a forward pass, whose normalisation is deferred, with its workspace.
    private static func deferredOutput(
        _ bench: Workbench
    ) throws -> (layer: FusedLayer, output: CPUActivation, workspace: CPUWorkspace) {
        let layer = FusedLayer(first, norm: BatchNorm(), relu: true)
        let output = try bench.activation(8, first.output, seed: 1)
        let workspace = try bench.backend.makeWorkspace(for: layer, models: bench.models, samples: Workbench.samples)
        try bench.backend.forwardTraining(
            layer, bench.parameters(of: layer), input: bench.activation(3, first.input, seed: 5), residual: nil,
            counts: bench.counts, workspace: workspace, output: output)
        return (layer, output, workspace)
    }

    /// A write replaces a deferred normalisation.
    @Test func endsWithAWrite() throws {
        let bench = try Workbench(threads: 1)
        let output = try Self.deferredOutput(bench).output
        let written = Array(repeating: Float(2), count: output.shape.count)
        try bench.backend.write(written, to: output)
        #expect(try bench.backend.read(output) == written)
    }

    /// Values that the backward pass has overwritten can't be read by mistake.
    @Test func canNotBeReadAfterTheBackwardPass() async {
        await #expect(processExitsWith: .failure) {
            let bench = try Workbench(threads: 1)
            let (layer, output, workspace) = try Self.deferredOutput(bench)
            try bench.backend.backwardOutput(
                layer, output: output, outputGradient: bench.activation(layer.output, seed: 2), counts: bench.counts,
                workspace: workspace)
            _ = try bench.backend.read(output)
        }
    }
}
