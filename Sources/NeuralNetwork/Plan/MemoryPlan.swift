package import Backend

/// Which values, gradients and workspaces of a step share memory: those whose lifetimes do not overlap.
///
/// Every one of them is a request with a size and the first and last time of its use in a training step; an evaluation uses a
/// part of them, in the same order. A plan for evaluation alone has only the values, each until its last use in the forward pass. The largest request gets its block of memory first. Every other one gets the smallest block
/// that is free during its lifetime, or else a new one. This is the greedy assignment by size of Pisarchyk & Lee, "Efficient
/// Memory Management for Deep Neural Net Inference" (arXiv 2001.03288).
package struct MemoryPlan: Sendable {
    /// The sizes of the blocks in bytes.
    package private(set) var blocks: [Int] = []
    /// The block of each value; the logits have none, because they outlive the step.
    package private(set) var values: [Int]
    /// The block of each value's gradient; nil if it is not needed.
    package private(set) var gradients: [Int?]
    /// The blocks of each operation's workspace.
    package private(set) var workspaces: [[Int]]

    /// Plans a step of `models` models with up to `samples` samples on a backend.
    ///
    /// - Parameter isTraining: whether it is for training, or else for evaluation alone.
    package init(_ plan: NetworkPlan, models: Int, samples: Int, isTraining: Bool = true, on backend: some Backend) {
        self.init(
            plan, isTraining: isTraining,
            valueBytes: { backend.byteCount(of: ActivationShape(models: models, samples: samples, sample: $0)) },
            workspaceBytes: { backend.workspaceByteCounts(for: $0, models: models, samples: samples) })
    }

    /// - Parameters:
    ///   - isTraining: whether it is for training, or else for evaluation alone.
    ///   - valueBytes: the size of a value whose samples have a shape.
    ///   - workspaceBytes: the sizes of the blocks of a layer's workspace.
    package init(
        _ plan: NetworkPlan, isTraining: Bool = true, valueBytes: (SampleShape) -> Int,
        workspaceBytes: (FusedLayer) -> [Int]
    ) {
        let lifetimes = Lifetimes(plan, isTraining: isTraining)
        var requests: [Request] = []
        for (value, lifetime) in lifetimes.values.enumerated() where value != plan.logits {
            requests.append(Request(bytes: valueBytes(plan.values[value]), lifetime: lifetime, target: .value(value)))
        }
        for (value, lifetime) in lifetimes.gradients.sorted(by: { $0.key < $1.key }) {
            requests.append(
                Request(bytes: valueBytes(plan.values[value]), lifetime: lifetime, target: .gradient(value)))
        }
        for (index, operation) in plan.operations.enumerated() where isTraining {
            for bytes in operation.fused.map(workspaceBytes) ?? [] {
                requests.append(
                    Request(bytes: bytes, lifetime: lifetimes.workspaces[index], target: .workspace(index)))
            }
        }
        values = Array(repeating: 0, count: plan.values.count)
        gradients = Array(repeating: nil, count: plan.values.count)
        workspaces = plan.operations.map { _ in [] }
        assign(requests)
        // A residual's gradient lies where the gradient of the sum does.
        for value in plan.values.indices { gradients[value] = gradients[lifetimes.gradientOwner[value] ?? value] }
    }

    private mutating func assign(_ requests: [Request]) {
        /// The lifetimes of each block's users.
        var users: [[ClosedRange<Int>]] = []
        let bySize = requests.enumerated().sorted { ($1.element.bytes, $0.offset) < ($0.element.bytes, $1.offset) }
        var blockOfRequest = Array(repeating: 0, count: requests.count)
        for (index, request) in bySize {
            // Blocks are made in the order of their sizes, so the last one that is free is the smallest.
            let free = users.lastIndex { !$0.contains { $0.overlaps(request.lifetime) } }
            if free == nil {
                users.append([])
                blocks.append(request.bytes)
            }
            users[free ?? users.count - 1].append(request.lifetime)
            blockOfRequest[index] = free ?? users.count - 1
        }
        for (request, block) in zip(requests, blockOfRequest) {
            switch request.target {
            case .value(let value): values[value] = block
            case .gradient(let value): gradients[value] = block
            case .workspace(let operation): workspaces[operation].append(block)
            }
        }
    }

    private struct Request {
        enum Target {
            case value(Int)
            case gradient(Int)
            case workspace(_ operation: Int)
        }

        let bytes: Int
        let lifetime: ClosedRange<Int>
        let target: Target
    }
}

/// When the values, gradients and workspaces of a training step are in use.
///
/// The images are gathered at time 0. The forward pass of operation `i` is at time `1 + i`, then comes the loss, and then the
/// backward passes in the reverse order, each in two halves: the first reads the output, and the second writes the gradient of
/// the input.
private struct Lifetimes {
    private(set) var values: [ClosedRange<Int>]
    /// Without the values whose gradient lies in another one's memory.
    private(set) var gradients: [Int: ClosedRange<Int>] = [:]
    /// For a residual, the sum it is added to: its gradient is that of the sum, in the same memory.
    private(set) var gradientOwner: [Int: Int] = [:]
    private(set) var workspaces: [ClosedRange<Int>]

    /// - Parameter isTraining: whether the backward pass counts.
    init(_ plan: NetworkPlan, isTraining: Bool) {
        let count = plan.operations.count
        let loss = count + 1
        func firstHalf(_ operation: Int) -> Int { loss + 1 + 2 * (count - 1 - operation) }

        // Values are numbered in the order of the walk, in which a shortcut may come before the body.
        values = Array(repeating: 0...0, count: plan.values.count)
        for (index, operation) in plan.operations.enumerated() { values[operation.output] = 1 + index...1 + index }
        workspaces = plan.operations.indices.map { 1 + $0...firstHalf($0) + 1 }
        for (index, operation) in plan.operations.enumerated() {
            if let residual = operation.residual { values.extend(residual, to: 1 + index) }
            guard isTraining else {
                values.extend(operation.input, to: 1 + index)
                continue
            }
            let readsOutput = operation.fused != nil
            values.extend(operation.output, to: readsOutput ? firstHalf(index) : 1 + index)
            switch operation.kind {
            // A linear layer reads its input while it writes the input's gradient.
            case .fused, .linear: values.extend(operation.input, to: firstHalf(index) + 1)
            case .averagePool, .paddedShortcut, .dropout: values.extend(operation.input, to: 1 + index)
            }
        }
        values.extend(plan.logits, to: loss)
        guard isTraining else { return }

        gradients[plan.logits] = loss...loss
        for (index, operation) in plan.operations.enumerated().reversed() {
            /// The value whose memory holds a value's gradient.
            func owner(_ value: Int) -> Int { gradientOwner[value] ?? value }
            let end = firstHalf(index) + 1
            gradients.extend(owner(operation.output), to: end, from: end - 1)
            if let residual = operation.residual { gradientOwner[residual] = owner(operation.output) }
            if operation.input != NetworkPlan.images { gradients.extend(owner(operation.input), to: end, from: end) }
        }
    }
}

extension [ClosedRange<Int>] {
    fileprivate mutating func extend(_ index: Int, to end: Int) {
        self[index] = self[index].lowerBound...Swift.max(self[index].upperBound, end)
    }
}

extension [Int: ClosedRange<Int>] {
    fileprivate mutating func extend(_ key: Int, to end: Int, from begin: Int) {
        let known = self[key] ?? begin...end
        self[key] = known.lowerBound...Swift.max(known.upperBound, end)
    }
}
