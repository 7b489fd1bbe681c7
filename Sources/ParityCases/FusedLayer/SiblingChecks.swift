import Backend

/// Two layers of one shape that read the same input, performed together: each has the bits that it has alone.
struct SiblingCase: Sendable {
    var name: String
    /// The layers in the order of the forward pass; the backward pass begins with the second one.
    var layers: [FusedLayerCase]

    private init(_ name: String, _ convolution: Convolution, capacity: Int, counts: SampleCounts, accumulate: Bool) {
        self.name = name
        let projection = FusedLayer(convolution, norm: BatchNorm())
        let first = FusedLayer(convolution, norm: BatchNorm(), relu: true)
        layers = [
            FusedLayerCase(
                name: name, layer: projection, capacity: capacity, counts: counts, bias: false, accumulate: true),
            FusedLayerCase(
                name: name, layer: first, capacity: capacity, counts: counts, accumulate: accumulate),
        ]
    }

    static let checks = [
        SiblingCase(
            "siblings, the network's block",
            Convolution(inputChannels: 8, outputChannels: 16, input: Extent(13), kernel: Extent(3), stride: Extent(2)),
            capacity: 64, counts: SampleCounts([64, 33, 0]), accumulate: false),
        SiblingCase(
            "siblings, odd",
            Convolution(
                inputChannels: 3, outputChannels: 5, input: Extent(height: 4, width: 5), kernel: Extent(3),
                padding: Extent(1)), capacity: 70, counts: SampleCounts([70, 2]), accumulate: true),
    ].map { siblings in
        ParityCheck(.fusedLayer, "\(siblings.name): \(siblings.layers[1])") { backend throws(BackendError) in
            try siblings.compare(on: backend)
        }
    }

    private func compare(on backend: some Backend) throws(BackendError) -> [Comparison] {
        let alone = try run(isTogether: false, on: backend)
        let together = try run(isTogether: true, on: backend)
        return alone.names.map { name in
            Comparison("\(name), together and alone", together[name].values, expected: alone[name].values)
        }
    }

    private func run<B: Backend>(isTogether: Bool, on backend: B) throws(BackendError) -> Tensors {
        var inputs = try layers.map { layer throws(BackendError) in try layer.makeInputs() }
        // Other numbers for one of them, but for the input and its gradient.
        for name in ["weights", "normWeight", "normBias", "outputGradient"] {
            inputs[1][name] = inputs[1][name].map { 0.5 - $0 }
        }
        let input = try backend.upload(activation: inputs[0]["input"])
        let inputGradient = try backend.upload(activation: inputs[0]["earlierInputGradient"])
        var bound: [BoundSibling<B>] = []
        for (layer, inputs) in zip(layers, inputs) {
            bound.append(try BoundSibling(layer, inputs, on: backend))
        }
        func perform(
            _ order: [Int], _ body: (BoundSibling<B>) throws(BackendError) -> Void
        ) throws(BackendError) {
            guard isTogether else {
                for index in order { try body(bound[index]) }
                return
            }
            try backend.performTogether { () throws(BackendError) in
                try body(bound[order[0]])
            } _: { () throws(BackendError) in
                try body(bound[order[1]])
            }
        }
        try perform([0, 1]) { sibling throws(BackendError) in try sibling.forward(input, on: backend) }
        try perform([1, 0]) { sibling throws(BackendError) in
            try sibling.backward(input, inputGradient: inputGradient, on: backend)
        }
        let counts = layers[0].counts
        var results = Tensors(["inputGradient": try backend.download(inputGradient, counts: counts)])
        for (index, sibling) in bound.enumerated() {
            for (name, slice) in sibling.gradients.byName {
                results["\(name) of layer \(index)"] = try backend.download(slice)
            }
            guard let norm = sibling.parameters.norm else { continue }
            results["running mean of layer \(index)"] = try backend.download(norm.runningMean)
            results["running variance of layer \(index)"] = try backend.download(norm.runningVariance)
            results["gradient of layer \(index)"] = try backend.download(sibling.outputGradient, counts: counts)
        }
        return results
    }
}

/// A layer with its parameters and its memory.
private struct BoundSibling<B: Backend> {
    let layer: FusedLayerCase
    let parameters: FusedLayerParameters<B.Parameters>
    let gradients: FusedLayerGradients<B.Parameters>
    let workspace: B.Workspace
    let output: B.Activation
    let outputGradient: B.Activation

    init(_ layer: FusedLayerCase, _ inputs: Tensors, on backend: B) throws(BackendError) {
        let models = layer.counts.models
        self.layer = layer
        parameters = try layer.makeParameters(inputs, on: backend)
        gradients = try backend.staleGradients(of: layer.layer, parameters, models: models)
        workspace = try backend.makeWorkspace(for: layer.layer, models: models, samples: layer.capacity)
        output = try backend.staleActivation(layer.shape(layer.layer.output, models: models))
        outputGradient = try backend.upload(activation: inputs["outputGradient"])
    }

    func forward(_ input: B.Activation, on backend: B) throws(BackendError) {
        try backend.forwardTraining(
            layer.layer, parameters, input: input, residual: nil, counts: layer.counts, workspace: workspace,
            output: output)
    }

    func backward(_ input: B.Activation, inputGradient: B.Activation, on backend: B) throws(BackendError) {
        try backend.backwardOutput(
            layer.layer, output: output, outputGradient: outputGradient, counts: layer.counts, workspace: workspace)
        try backend.backwardInput(
            layer.layer, parameters, input: input, outputGradient: outputGradient, counts: layer.counts,
            workspace: workspace, gradients: gradients, inputGradient: inputGradient, accumulate: layer.accumulate)
    }
}
