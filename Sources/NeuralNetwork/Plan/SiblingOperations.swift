import Backend

extension NetworkPlan {
    /// The operations before the last one, in ranges of one operation or of two siblings.
    ///
    /// Siblings are two successive layers of one shape that read the same value, as a block's projection and its first convolution:
    /// a backend may perform them together. The memory plan needs no change for that. Neither adds a residual, so neither reads
    /// the other's output. All that the backward pass of the earlier one writes (its workspace, its output gradient, the
    /// gradient of the shared input) is in use when that of the later one begins, and has memory of its own.
    package var steps: [Range<Int>] {
        var steps: [Range<Int>] = []
        for index in operations.indices.dropLast() {
            if let last = steps.last, last.count == 1, areSiblings(operations[last.lowerBound], operations[index]) {
                steps[steps.count - 1] = last.lowerBound..<index + 1
            } else {
                steps.append(index..<index + 1)
            }
        }
        return steps
    }

    private func areSiblings(_ one: PlannedOperation, _ other: PlannedOperation) -> Bool {
        guard let first = one.fused, let second = other.fused, let convolution = first.convolution else { return false }
        return convolution == second.convolution && one.input == other.input
            && (first.norm == nil) == (second.norm == nil)
            && [first, second].allSatisfy { !$0.addsResidual && $0.pool == nil }
    }
}
