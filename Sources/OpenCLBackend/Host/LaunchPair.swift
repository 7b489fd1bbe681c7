package import Backend

/// A launch that is held back, because another one may become a pair with it.
struct HeldLaunch {
    let kernel: Kernel
    let groups: WorkSize
    let local: WorkSize
    let arguments: KeyValuePairs<String, KernelArgument>
    let work: KernelWork

    /// The arguments of this launch and of another one of the same kernel, for the kernel of both: what the name of a parameter ends
    /// with `2` for is of the other one.
    ///
    /// - Returns: nil if the two differ in more than that kernel has parameters for.
    func arguments(
        with other: HeldLaunch, of pair: KernelSignature
    ) -> [(key: String, value: KernelArgument)]? {
        let names = Set(pair.parameters.map(\.name))
        var both = arguments.map { ($0.key, $0.value) }
        for (first, second) in zip(arguments, other.arguments) {
            guard first.key == second.key else { return nil }
            if names.contains("\(second.key)2") {
                both.append(("\(second.key)2", second.value))
            } else if first.value != second.value {
                return nil
            }
        }
        return both
    }
}

extension OpenCLBackend {
    /// On a GPU, two launches of one kernel become one: a small grid leaves most of the device idle, and every launch costs time.
    ///
    /// The bits are those of separate launches.
    package func performTogether(
        _ first: () throws(BackendError) -> Void, _ second: () throws(BackendError) -> Void
    ) throws(BackendError) {
        guard configuration.vector == 1, !queue.isHolding else {
            try first()
            return try second()
        }
        let one = try queue.hold(first)
        isSecondOfPair = true
        defer { isSecondOfPair = false }
        let other = try queue.hold(second)
        guard one.map(\.kernel.handle) == other.map(\.kernel.handle) else {
            for launch in one + other { try queue.launch(launch) }
            return
        }
        for (one, other) in zip(one, other) {
            if let pair = try library.pair(of: one.kernel), one.groups == other.groups, one.local == other.local,
                let arguments = one.arguments(with: other, of: pair.signature),
                LaunchRange.allows(one.groups.pair, of: pair)
            {
                try queue.launch(
                    pair, groups: one.groups.pair, of: one.local, arguments, work: one.work + other.work)
            } else {
                try queue.launch(one)
                try queue.launch(other)
            }
        }
    }
}

extension WorkSize {
    /// The work-groups of two launches: neighbours in dimension 1.
    fileprivate var pair: WorkSize { WorkSize(x: x, y: 2 * y, z: z) }
}
