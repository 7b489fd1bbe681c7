/// The state of one model: every number a network keeps, in PyTorch's order and shapes.
package struct StateDictionary: Sendable, Equatable {
    /// All trainable parameters, in the order of the layout.
    package var parameters: [Float]
    /// All running means and variances, in the order of the layout.
    package var statistics: [Float]
    /// How many training steps batch norm has seen (`num_batches_tracked`).
    package var batchesTracked: Int64

    package init(parameters: [Float], statistics: [Float], batchesTracked: Int64 = 0) {
        self.parameters = parameters
        self.statistics = statistics
        self.batchesTracked = batchesTracked
    }

    /// The numbers of one entry, flattened; nil for the batch counter, which is no fp32 tensor.
    package func values(of entry: StateEntry) -> [Float]? {
        if entry.role == .batchesTracked { return nil }
        return Array((entry.isTrainable ? parameters : statistics)[entry.offset..<entry.offset + entry.count])
    }

    /// Puts the numbers of one entry in their place.
    mutating func set(_ values: [Float], of entry: StateEntry) {
        let range = entry.offset..<entry.offset + entry.count
        if entry.isTrainable {
            parameters.replaceSubrange(range, with: values)
        } else {
            statistics.replaceSubrange(range, with: values)
        }
    }
}
