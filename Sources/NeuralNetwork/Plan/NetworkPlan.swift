package import Backend

/// The operations of a network: what the one walk over its layers makes of them.
///
/// The walk gives every layer its entries in the state dictionary (``layout``), and fuses layers into the operations that the
/// backends execute. An operation begins with a convolution, and takes what follows up to the next: batch norm, residual, ReLU,
/// max-pooling. The lifetimes of the values, which ``MemoryPlan`` needs, follow from the order of the operations.
package struct NetworkPlan: Sendable {
    package let description: NetworkDescription
    package private(set) var layout = StateLayout()
    /// In the order of the forward pass.
    package private(set) var operations: [PlannedOperation] = []
    /// The shapes of the values: the images, and the output of every operation.
    package private(set) var values: [SampleShape]
    /// The layers in the order of the walk, those of blocks before their block.
    package private(set) var layers: [PlannedLayer] = []

    /// The fused layer that the next layers may extend.
    private var open: PlannedOperation?
    /// The value that the next layer reads.
    private var current = Self.images
    /// Whether the value is a vector of features.
    private var isFlat = false

    /// The index of the images among the values.
    package static let images = 0
    /// The most parameters of a network, and the most values of an image or of a layer's output for one: 2^28.
    ///
    /// No device that the program knows trains larger ones, and products of the limits stay far below 2^63.
    package static let limit = 1 << 28
    /// The index of the logits.
    package var logits: Int { operations[operations.count - 1].output }

    /// Walks over the layers.
    ///
    /// - Throws: ``NetworkError`` for a layer that does not fit to the one before, or to the data.
    package init(_ description: NetworkDescription) throws(NetworkError) {
        self.description = description
        values = [description.input]
        guard description.input.channels > 0, description.input.image.height > 0, description.input.image.width > 0,
            description.input.count <= Self.limit
        else {
            throw error(nil, "can't take images of the shape \(description.input)")
        }
        guard (2...256).contains(description.classes) else {
            throw error(nil, "needs 2 to 256 classes, not \(description.classes)")
        }
        for layer in description.layers { try visit(layer, in: "") }
        close()
        let expected = SampleShape(channels: description.classes, image: Extent(1))
        guard isFlat, !operations.isEmpty, values[logits] == expected else {
            throw error(
                description.layers.last?.name,
                "gives values of the shape \(values[current]), but the last one has to give \(description.classes) features, "
                    + "one for each class")
        }
    }

    private func error(_ layer: String?, _ problem: String) -> NetworkError {
        NetworkError(description.name, layer: layer, problem)
    }

    /// The first batch norm over images of 1x1, for which a training step with a single sample has no variance; nil if there
    /// is none.
    package var normOfSinglePixels: String? {
        operations.first { operation in
            operation.fused.map { $0.norm != nil && $0.unpooled.image == Extent(1) } ?? false
        }?.norm
    }

    /// The dropouts in the order of the forward pass: the probability, nil for that of the training, and the values of a sample.
    package var dropouts: [(probability: Double?, values: Int)] {
        operations.compactMap { operation in
            guard case .dropout(let probability) = operation.kind else { return nil }
            return (probability, values[operation.input].count)
        }
    }

    // MARK: The walk

    /// - Parameter prefix: the name of the block, with a dot; empty outside of blocks.
    private mutating func visit(_ layer: NetworkLayer, in prefix: String) throws(NetworkError) {
        let name = prefix + layer.name
        let before = layout.parameterCount
        try add(layer, name)
        guard layout.parameterCount <= Self.limit, shape.count <= Self.limit else {
            throw error(
                name,
                "makes the network too large: \(layout.parameterCount) parameters, and \(shape.count) values for an "
                    + "image; both may be \(Self.limit) at most")
        }
        var planned = PlannedLayer(name: name, type: layer.kind.type, output: shape)
        switch layer.kind {
        case .convolution: planned.flops = open?.fused?.convolution?.flops ?? 0
        case .linear: planned.flops = flops(operations[operations.count - 1])
        case .batchNorm, .relu, .maxPool, .averagePool, .globalAveragePool, .residual, .dropout, .flatten: break
        }
        // The parameters of a block are those of its layers.
        if planned.type != .residual { planned.parameters = layout.parameterCount - before }
        layers.append(planned)
    }

    private mutating func add(_ layer: NetworkLayer, _ name: String) throws(NetworkError) {
        switch layer.kind {
        case .convolution(let outputs, let kernel, let stride, let padding, let bias):
            close()
            try requireImage(name)
            let convolution = Convolution(
                inputChannels: shape.channels, outputChannels: outputs, input: shape.image, kernel: kernel,
                stride: stride, padding: padding)
            try check(name) { () throws(BackendError) in try convolution.validate(operation: name) }
            try requireNewName(name)
            layout.add(convolution, name, bias: bias)
            begin(FusedLayer(convolution), name)
            open?.weights = name
            open?.hasBias = bias
        case .batchNorm(let norm):
            if isFlat, shape.image != Extent(1) { try requireImage(name) }
            try requireNewName(name)
            layout.addBatchNorm(shape.channels, name)
            extend(name, if: { $0.norm == nil && !$0.addsResidual && !$0.relu && $0.pool == nil }) { $0.norm = norm }
            open?.norm = name
        case .relu:
            extend(name, if: { !$0.relu && $0.pool == nil }) { $0.relu = true }
        case .maxPool(let pool):
            try requireImage(name)
            try check(name) { () throws(BackendError) in try pool.validate(on: shape.image, operation: name) }
            extend(name, if: { $0.pool == nil && !$0.addsResidual }) { $0.pool = pool }
        case .averagePool(let pool):
            try add(pool, name)
        case .globalAveragePool:
            try add(AveragePool(global: shape.image), name)
        case .residual(let block):
            try visit(block, name)
        case .dropout(let probability):
            close()
            append(.dropout(probability: probability), name, output: shape)
        case .flatten:
            isFlat = true
        case .linear(let stated):
            let outputs = stated ?? description.classes
            close()
            guard isFlat || shape.image == Extent(1) else {
                throw error(
                    name, "reads features, but gets images of the shape \(shape); a flatten layer has to come before")
            }
            guard outputs > 0 else { throw error(name, "needs at least one output, not \(outputs)") }
            try requireNewName(name)
            layout.addLinear(inputs: shape.count, outputs: outputs, name)
            append(.linear(outputs: outputs), name, output: SampleShape(channels: outputs, image: Extent(1)))
            isFlat = true
        }
    }

    private mutating func visit(_ block: ResidualBlock, _ name: String) throws(NetworkError) {
        close()
        try requireImage(name)
        let input = current
        // The shortcut's operations come before the last one of the body, which adds their result.
        var shortcut = block.isShortcutFirst ? try visit(block.shortcut, of: block, name) : nil
        for layer in block.body {
            try requireFusable(layer, in: name)
            try visit(layer, in: "\(name).")
        }
        guard !block.body.isEmpty else { throw error(name, "has an empty body") }
        if let operation = open?.fused, operation.relu || operation.pool != nil { close() }
        if open == nil { begin(FusedLayer(on: shape), name) }
        let (last, output) = (open, shape)
        open = nil
        current = input
        if shortcut == nil { shortcut = try visit(block.shortcut, of: block, name) }
        operations += shortcut?.operations ?? []
        let added = shortcut?.value ?? input
        guard values[added] == output else {
            throw error(
                name, "adds its shortcut of the shape \(values[added]) to its body's output of the shape \(output)")
        }
        open = last
        // The gradient of the residual lies where that of the sum does. A layer that reads the same value would write its input
        // gradient over the output gradient that it still reads; so the sum is a layer of its own.
        if open?.input == added {
            close()
            begin(FusedLayer(on: output), name)
        }
        open?.fused?.addsResidual = true
        open?.residual = added
    }

    /// The operations of a shortcut, taken out of the list, and the value that they give.
    private mutating func visit(
        _ shortcut: ResidualBlock.Shortcut, of block: ResidualBlock, _ name: String
    ) throws(NetworkError) -> (operations: [PlannedOperation], value: Int) {
        let (input, before) = (current, operations)
        operations = []
        switch shortcut {
        case .identity: break
        case .projection(let layers):
            for layer in layers {
                try requireFusable(layer, in: name)
                try visit(layer, in: "\(name).")
            }
            close()
        case .padded(let stride):
            let outputs = block.outputChannels ?? shape.channels
            guard outputs >= shape.channels, stride.height > 0, stride.width > 0 else {
                throw error(
                    name, "has a padded shortcut from \(shape.channels) to \(outputs) channels, stride \(stride)")
            }
            let padded = PaddedShortcut(
                input: shape, outputChannels: outputs, channelsBefore: (outputs - shape.channels) / 2, stride: stride)
            append(.paddedShortcut(padded), "\(name).shortcut", output: padded.output)
        }
        defer { (current, operations) = (input, before) }
        return (operations, current)
    }

    private mutating func add(_ pool: AveragePool, _ name: String) throws(NetworkError) {
        close()
        try requireImage(name)
        try check(name) { () throws(BackendError) in
            try pool.validate(on: shape.image, operation: name)
        }
        let output = SampleShape(channels: shape.channels, image: pool.output(for: shape.image))
        append(.averagePool(pool), name, output: output)
    }

    // MARK: Its parts

    /// The shape of the value that the next layer reads.
    private var shape: SampleShape { open?.fused?.output ?? values[current] }

    private mutating func begin(_ layer: FusedLayer, _ name: String) {
        open = PlannedOperation(name: name, kind: .fused(layer), input: current)
    }

    /// Adds a part to the open layer, or to a new one without convolution.
    private mutating func extend(
        _ name: String, if fits: (FusedLayer) -> Bool, _ change: (inout FusedLayer) -> Void
    ) {
        if let layer = open?.fused, !fits(layer) { close() }
        if open == nil { begin(FusedLayer(on: values[current]), name) }
        if var layer = open?.fused {
            change(&layer)
            open?.fused = layer
        }
    }

    /// Ends the open layer.
    private mutating func close() {
        guard var operation = open, let layer = operation.fused else { return }
        open = nil
        operation.output = values.count
        values.append(layer.output)
        current = operation.output
        operations.append(operation)
    }

    private mutating func append(_ kind: PlannedOperation.Kind, _ name: String, output: SampleShape) {
        operations.append(PlannedOperation(name: name, kind: kind, input: current, output: values.count))
        values.append(output)
        current = values.count - 1
    }

    private func requireImage(_ name: String) throws(NetworkError) {
        guard !isFlat else { throw error(name, "needs images, but a flatten or linear layer comes before it") }
    }

    private func requireNewName(_ name: String) throws(NetworkError) {
        guard !layout.contains("\(name).weight") else { throw error(name, "has the name of another layer") }
    }

    private func requireFusable(_ layer: NetworkLayer, in block: String) throws(NetworkError) {
        switch layer.kind {
        case .convolution, .batchNorm, .relu, .maxPool: break
        case .averagePool, .globalAveragePool, .residual, .dropout, .flatten, .linear:
            throw error(
                "\(block).\(layer.name)",
                "can't be in a residual block, which may have convolutions, batch norms, ReLUs and "
                    + "max-poolings")
        }
    }

    private func check(_ name: String, _ body: () throws(BackendError) -> Void) throws(NetworkError) {
        do throws(BackendError) { try body() } catch {
            guard case .shapeMismatch(_, let expected, let found) = error else {
                throw self.error(name, "can't be executed: \(error)")
            }
            throw self.error(name, "needs \(expected), found \(found)")
        }
    }
}

/// One operation of a network.
package struct PlannedOperation: Sendable {
    /// What it computes.
    package enum Kind: Sendable {
        case fused(FusedLayer)
        case averagePool(AveragePool)
        case paddedShortcut(PaddedShortcut)
        case linear(outputs: Int)
        case dropout(probability: Double?)
    }

    /// The name of its first layer.
    package let name: String
    package internal(set) var kind: Kind
    /// The indices of the values that it reads and writes.
    package let input: Int
    package internal(set) var residual: Int?
    package internal(set) var output = 0
    /// The names of the layers whose parameters a fused layer has.
    var weights: String?
    var hasBias = false
    var norm: String?

    /// The fused layer; nil for other kinds.
    package internal(set) var fused: FusedLayer? {
        get { if case .fused(let layer) = kind { layer } else { nil } }
        set { if let newValue { kind = .fused(newValue) } }
    }
}

extension ResidualBlock {
    /// The output channels of the body's last convolution; nil without one.
    fileprivate var outputChannels: Int? {
        for layer in body.reversed() {
            if case .convolution(let outputs, _, _, _, _) = layer.kind { return outputs }
        }
        return nil
    }
}
