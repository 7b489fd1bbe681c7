extension StateDictionary {
    /// The state as safetensors that PyTorch's strict `load_state_dict` takes unchanged.
    package func safetensors(_ layout: StateLayout) -> Safetensors {
        var file = Safetensors()
        for entry in layout.entries {
            let values = values(of: entry).map(Safetensors.Values.float32) ?? .int64([batchesTracked])
            file.append(entry.name, Safetensors.Tensor(shape: entry.shape, values: values))
        }
        return file
    }

    /// Reads the state of a network.
    ///
    /// `num_batches_tracked` may be missing; everything else must be there, in its shape, finite, no variance below zero,
    /// and nothing besides.
    package init(_ file: Safetensors, layout: StateLayout, name fileName: String) throws(StateError) {
        self.init(
            parameters: Array(repeating: 0, count: layout.parameterCount),
            statistics: Array(repeating: 0, count: layout.statisticCount))
        for entry in layout.entries {
            guard let tensor = file.tensors[entry.name] else {
                if entry.role == .batchesTracked { continue }
                throw .missing(file: fileName, tensor: entry.name)
            }
            guard tensor.shape == entry.shape else {
                throw .wrongShape(file: fileName, tensor: entry.name, expected: entry.shape, found: tensor.shape)
            }
            switch (tensor.values, entry.role) {
            case (.int64(let values), .batchesTracked):
                batchesTracked = values[0]
            case (.float32(let values), let role) where role != .batchesTracked:
                guard values.allSatisfy(\.isFinite) else { throw .notFinite(file: fileName, tensor: entry.name) }
                guard role != .runningVariance || values.allSatisfy({ $0 >= 0 }) else {
                    throw .negativeVariance(file: fileName, tensor: entry.name)
                }
                set(values, of: entry)
            case (.int64, _):
                throw .wrongType(file: fileName, tensor: entry.name, type: "I64")
            case (.float32, _):
                throw .wrongType(file: fileName, tensor: entry.name, type: "F32")
            }
        }
        let names = Set(layout.entries.map(\.name))
        if let stranger = file.names.first(where: { !names.contains($0) }) {
            throw .unexpected(file: fileName, tensor: stranger)
        }
    }
}
