import Backend
import ReferenceBackend
import NeuralNetwork
import Testing

/// The memory plan against the definition: a replay of a step in which every write marks the block with its owner, and every
/// read finds its own mark.
@Suite struct MemoryPlanTests {
    /// A value, a gradient or a workspace of a step.
    private enum Owner: Equatable {
        case value(Int)
        case gradient(Int)
        case workspace(Int)
    }

    /// Blocks of memory that know whose contents they have.
    private struct Blocks {
        var owners: [Owner?]
        var mistakes: [String] = []

        mutating func write(_ owner: Owner, to block: Int?) {
            if let block { owners[block] = owner }
        }

        mutating func read(_ owner: Owner, from block: Int?, _ what: String) {
            if let block, owners[block] != owner { mistakes.append("\(what): \(owner) was overwritten") }
        }
    }

    /// Dropouts of the images, between operations of all kinds, and of the logits.
    private static let dropouts = NetworkDescription(
        "dropouts", input: SampleShape(channels: 1, image: Extent(28)), classes: 5,
        layers: [
            NetworkLayer("drop1", .dropout(probability: 0.1)),
            .convolution("conv1", 4, kernel: 3, padding: 1, bias: true), .batchNorm("bn1"), .relu(),
            NetworkLayer("drop2", .dropout(probability: nil)),
        ] + NetworkLayer.basicBlock("block", channels: 4) + [
            NetworkLayer("drop3", .dropout(probability: 0.5)), NetworkLayer("avgpool", .globalAveragePool),
            NetworkLayer("drop4", .dropout(probability: nil)), NetworkLayer("flatten", .flatten),
            NetworkLayer("fc", .linear(outputs: nil)), NetworkLayer("drop5", .dropout(probability: 0)),
        ])

    static let networks: [NetworkDescription] = {
        let small = SampleShape(channels: 1, image: Extent(28))
        return [
            .seed(for: small, classes: 10), .seed(for: small, classes: 3, blocks: [16]),
            .seed(for: small, classes: 3, blocks: []),
            .resNetForCIFAR("resnet8", blocksPerStage: 1, input: small, classes: 5), .tiny,
            .resNetForCIFAR("projection", blocksPerStage: 2, shortcut: .projection, input: small, classes: 5),
            .resNetOfTorchvision("resnet18", blocks: [2, 2, 2, 2], isBottleneck: false, input: small, classes: 10),
            .resNetOfTorchvision("bottleneck", blocks: [1, 2], isBottleneck: true, input: small, classes: 10),
            .seed(for: small, classes: 10).withDropout(), dropouts,
        ]
            + (0..<50).map { seed in
                var layers = RandomLayers(seed: seed)
                return layers.network("random \(seed)")
            }
    }()

    @Test(arguments: networks)
    func nothingIsOverwrittenBeforeItsLastUse(_ description: NetworkDescription) throws {
        let plan = try NetworkPlan(description)
        let memory = MemoryPlan(plan, valueBytes: Self.bytes) { [2 * Self.bytes($0.unpooled), Self.bytes($0.output)] }
        var blocks = Blocks(owners: Array(repeating: nil, count: memory.blocks.count))
        /// The value whose gradient lies where this one's does.
        var owner = Array(plan.values.indices)
        for operation in plan.operations.reversed() {
            if let residual = operation.residual { owner[residual] = owner[operation.output] }
        }
        func valueBlock(_ value: Int) -> Int? { value == plan.logits ? nil : memory.values[value] }

        blocks.write(.value(NetworkPlan.images), to: valueBlock(NetworkPlan.images))
        for (index, operation) in plan.operations.enumerated() {
            for value in [operation.input, operation.residual].compactMap(\.self) {
                blocks.read(.value(value), from: valueBlock(value), "forward \(operation.name)")
            }
            for block in memory.workspaces[index] { blocks.write(.workspace(index), to: block) }
            blocks.write(.value(operation.output), to: valueBlock(operation.output))
            // Writing the output must not touch what the operation reads, nor its workspace.
            for block in memory.workspaces[index] {
                blocks.read(.workspace(index), from: block, "forward \(operation.name)")
            }
            blocks.read(.value(operation.input), from: valueBlock(operation.input), "forward \(operation.name)")
        }
        blocks.write(.gradient(plan.logits), to: memory.gradients[plan.logits])
        var written: Set = [plan.logits]
        for (index, operation) in plan.operations.enumerated().reversed() {
            let (what, gradient) = ("backward \(operation.name)", memory.gradients[operation.output])
            blocks.read(.gradient(owner[operation.output]), from: gradient, what)
            if operation.fused != nil {
                blocks.read(.value(operation.output), from: valueBlock(operation.output), what)
            }
            switch operation.kind {
            case .fused, .linear: blocks.read(.value(operation.input), from: valueBlock(operation.input), what)
            case .averagePool, .paddedShortcut, .dropout: break
            }
            for block in memory.workspaces[index] { blocks.read(.workspace(index), from: block, what) }
            guard operation.input != NetworkPlan.images else { continue }
            #expect(owner[operation.input] != owner[operation.output], "\(what) writes what it reads")
            if !written.insert(owner[operation.input]).inserted {
                blocks.read(.gradient(owner[operation.input]), from: memory.gradients[operation.input], what)
            }
            blocks.write(.gradient(owner[operation.input]), to: memory.gradients[operation.input])
            if operation.fused != nil || operation.kind.isLinear {
                // The second half still reads these while it writes the input gradient.
                blocks.read(.gradient(owner[operation.output]), from: gradient, what)
                blocks.read(.value(operation.input), from: valueBlock(operation.input), what)
                for block in memory.workspaces[index] { blocks.read(.workspace(index), from: block, what) }
            }
        }
        #expect(blocks.mistakes == [])
        for value in plan.values.indices where value != plan.logits {
            #expect(memory.blocks[memory.values[value]] >= Self.bytes(plan.values[value]))
        }
    }

    /// A plan for evaluation has the values alone, each until its last use.
    @Test(arguments: networks)
    func evaluationKeepsNothing(_ description: NetworkDescription) throws {
        let plan = try NetworkPlan(description)
        let memory = MemoryPlan(plan, isTraining: false, valueBytes: Self.bytes) { [Self.bytes($0.unpooled)] }
        var blocks = Blocks(owners: Array(repeating: nil, count: memory.blocks.count))
        func block(_ value: Int) -> Int? { value == plan.logits ? nil : memory.values[value] }
        blocks.write(.value(NetworkPlan.images), to: block(NetworkPlan.images))
        for operation in plan.operations {
            // Writing the output must not touch what the operation reads.
            blocks.write(.value(operation.output), to: block(operation.output))
            for value in [operation.input, operation.residual].compactMap(\.self) {
                blocks.read(.value(value), from: block(value), operation.name)
            }
        }
        #expect(blocks.mistakes == [])
        #expect(memory.workspaces.allSatisfy(\.isEmpty) && memory.gradients.allSatisfy { $0 == nil })
        for value in plan.values.indices where value != plan.logits {
            #expect(memory.blocks[memory.values[value]] >= Self.bytes(plan.values[value]))
        }
        // An operation has an input, an output, and in a residual block what is added.
        let largest = plan.values.map(Self.bytes).max() ?? 0
        #expect(memory.blocks.reduce(0, +) <= 4 * largest)
    }

    /// Gradients lie in memory that is no longer needed, but for the first ones of the backward pass.
    @Test(arguments: networks)
    func memoryIsShared(_ description: NetworkDescription) throws {
        let plan = try NetworkPlan(description)
        let memory = MemoryPlan(plan, valueBytes: Self.bytes) { [Self.bytes($0.unpooled)] }
        let sizes = plan.values.map(Self.bytes)
        let workspaces = plan.operations.compactMap(\.fused).reduce(0) { $0 + Self.bytes($1.unpooled) }
        let alone = sizes.reduce(0, +) + workspaces
        // Nothing is free when the last layers' gradients are written.
        let largest = sizes.dropFirst().max() ?? 0
        #expect(memory.blocks.reduce(0, +) <= alone + 2 * largest)
    }

    private static func bytes(_ sample: SampleShape) -> Int { 4 * sample.count }
}

extension PlannedOperation.Kind {
    fileprivate var isLinear: Bool { if case .linear = self { true } else { false } }
}
