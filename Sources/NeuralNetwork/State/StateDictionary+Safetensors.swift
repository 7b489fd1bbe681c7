package import Backend
import JSON

extension StateDictionary {
    /// The state as safetensors that PyTorch's strict `load_state_dict` takes unchanged.
    ///
    /// The metadata state the network with its layers, its images and its classes.
    package func safetensors(_ plan: NetworkPlan) throws -> Safetensors {
        var file = Safetensors(metadata: ["format": "pt"].merging(plan.description.metadata) { $1 })
        file.metadata["layers"] = try JSON.encode(LayerList(plan.description.layers), layout: .line)
        for entry in plan.layout.entries {
            let values = values(of: entry).map(Safetensors.Values.float32) ?? .int64([batchesTracked])
            file.append(entry.name, Safetensors.Tensor(shape: entry.shape, values: values))
        }
        return file
    }

    /// Reads the state of a network.
    ///
    /// `num_batches_tracked` may be missing; everything else must be there, in its shape, finite, no variance below zero,
    /// and nothing besides. If the metadata state a network, layers, images or classes, they must be those of the plan.
    package init(_ file: Safetensors, plan: NetworkPlan, name fileName: String) throws(StateError) {
        let layout = plan.layout
        for (what, expected) in plan.description.metadata.sorted(by: { $0.key < $1.key }) {
            guard let stated = file.metadata[what], stated != expected else { continue }
            throw .otherNetwork(file: fileName, what: what, stated: stated, expected: expected)
        }
        if let stated = try file.statedNetwork(name: fileName), stated.layers != plan.description.layers {
            throw .otherLayers(file: fileName, network: plan.description.name)
        }
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

extension Safetensors {
    /// The network that the metadata state; nil if they state no layers.
    ///
    /// - Throws: ``StateError/unusableLayers(file:detail:)``.
    package func statedNetwork(name fileName: String) throws(StateError) -> NetworkFile? {
        guard let text = metadata["layers"] else { return nil }
        do throws(JSONError) {
            let layers = try JSONDocument(Array(text.utf8)).decode(LayerList.self, entries: ["": "layer"]).layers
            return NetworkFile(metadata["network"] ?? "unnamed", layers: layers)
        } catch {
            throw .unusableLayers(file: fileName, detail: error.problem)
        }
    }
}

extension Safetensors {
    /// The shape of an image and the number of classes that the metadata state; nil if they do not.
    package var statedImages: (shape: SampleShape, classes: Int)? {
        let sides = metadata["image", default: ""].split(separator: "x").map { Int($0) ?? 0 }
        guard sides.count == 3, sides.allSatisfy({ (1...65_536).contains($0) }),
            let classes = metadata["classes"].flatMap({ Int($0) }), (2...256).contains(classes)
        else { return nil }
        return (SampleShape(channels: sides[0], image: Extent(height: sides[1], width: sides[2])), classes)
    }
}

extension NetworkDescription {
    /// What saved weights state of their network.
    fileprivate var metadata: [String: String] {
        [
            "network": name, "classes": "\(classes)",
            "image": "\(input.channels)x\(input.image.height)x\(input.image.width)",
        ]
    }
}
