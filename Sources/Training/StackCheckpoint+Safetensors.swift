package import NeuralNetwork

/// A checkpoint as tensors, in which a model is a row:
///
/// | tensor | shape | contents |
/// |---|---|---|
/// | `epochs` | `[]` | the finished epochs |
/// | `parameters`, `statistics` | `[models, count]` | as a network keeps them |
/// | `velocities` | `[models, count]` | the momentum buffers, of zeros for plain SGD; absent if all models have plain SGD |
/// | `batches_tracked` | `[models]` | the steps that batch norm has seen |
/// | `stopped` | `[configurations]` | 1 for a training that was stopped early |
/// | `scored` | `[models]` | the number of scores |
/// | `scores` | `[models, epochs, 2]` | loss and accuracy, as the bits of a Double in an I64; 0 behind the last score |
extension StackCheckpoint {
    /// The tensors of the checkpoint.
    package func safetensors(metadata: [String: String]) -> Safetensors {
        let models = models
        var file = Safetensors(metadata: metadata)
        func add(_ name: String, _ shape: [Int], _ values: Safetensors.Values) {
            file.append(name, Safetensors.Tensor(shape: shape, values: values))
        }
        func addRows(_ name: String, _ rows: [[Float]]) {
            add(name, [rows.count, rows[0].count], .float32(Array(rows.joined())))
        }
        add("epochs", [], .int64([Int64(epochs)]))
        addRows("parameters", models.map(\.state.parameters))
        addRows("statistics", models.map(\.state.statistics))
        if models.contains(where: { !$0.velocities.isEmpty }) {
            let none = [Float](repeating: 0, count: models[0].state.parameters.count)
            addRows("velocities", models.map { $0.velocities.isEmpty ? none : $0.velocities })
        }
        add("batches_tracked", [models.count], .int64(models.map(\.state.batchesTracked)))
        add("stopped", [members.count], .int64(members.map { $0.isStopped ? 1 : 0 }))
        add("scored", [models.count], .int64(models.map { Int64($0.scores.count) }))
        let bits = models.flatMap { model in
            let bits = model.scores.flatMap { [Int64(bits: $0.loss), Int64(bits: $0.accuracy)] }
            return bits + Array(repeating: 0, count: 2 * epochs - bits.count)
        }
        add("scores", [models.count, epochs, 2], .int64(bits))
        return file
    }

    /// Reads a checkpoint.
    ///
    /// Numbers that are not finite are read, because a diverged model has them.
    ///
    /// - Parameters:
    ///   - members: the number of configurations.
    ///   - shape: what the run expects.
    /// - Throws: ``CheckpointMismatch`` for tensors that are no such checkpoint.
    package init(_ file: Safetensors, members count: Int, as shape: Shape) throws(CheckpointMismatch) {
        let models = count * shape.folds
        func tensor(_ name: String, _ shape: [Int]) throws(CheckpointMismatch) -> Safetensors.Values {
            guard let tensor = file.tensors[name], tensor.shape == shape else { throw CheckpointMismatch(tensor: name) }
            return tensor.values
        }
        func integers(_ name: String, _ shape: [Int]) throws(CheckpointMismatch) -> [Int64] {
            guard case .int64(let values) = try tensor(name, shape) else { throw CheckpointMismatch(tensor: name) }
            return values
        }
        func rows(_ name: String, _ length: Int) throws(CheckpointMismatch) -> [[Float]] {
            guard case .float32(let values) = try tensor(name, [models, length]) else {
                throw CheckpointMismatch(tensor: name)
            }
            return (0..<models).map { Array(values[$0 * length..<($0 + 1) * length]) }
        }
        guard let epochs = Int(exactly: try integers("epochs", [])[0]), (1...shape.epochs).contains(epochs) else {
            throw CheckpointMismatch(tensor: "epochs")
        }
        let parameters = try rows("parameters", shape.layout.parameterCount)
        let statistics = try rows("statistics", shape.layout.statisticCount)
        let velocities =
            file.tensors["velocities"] == nil
            ? Array(repeating: [], count: models) : try rows("velocities", shape.layout.parameterCount)
        let tracked = try integers("batches_tracked", [models])
        let stopped = try integers("stopped", [count])
        let scored = try integers("scored", [models])
        let bits = try integers("scores", [models, epochs, 2])
        for (model, scores) in scored.enumerated() {
            let first = scored[model / shape.folds * shape.folds]
            // A model that goes on has been scored in every finished epoch, or only in the last one of all.
            let whole = shape.isScoredEveryEpoch ? epochs : epochs == shape.epochs ? 1 : 0
            let isPossible =
                stopped[model / shape.folds] == 0
                ? scores == whole : (1...Int64(epochs)).contains(scores) && scores == first
            guard isPossible else { throw CheckpointMismatch(tensor: "scored") }
        }
        self.init(
            epochs: epochs,
            members: (0..<count).map { index in
                Member(
                    isStopped: stopped[index] != 0,
                    models: (index * shape.folds..<(index + 1) * shape.folds).map { model in
                        Model(
                            state: StateDictionary(
                                parameters: parameters[model], statistics: statistics[model],
                                batchesTracked: tracked[model]),
                            velocities: velocities[model],
                            scores: (0..<Int(scored[model])).map { epoch in
                                let place = 2 * (model * epochs + epoch)
                                return Score(loss: Double(bits: bits[place]), accuracy: Double(bits: bits[place + 1]))
                            })
                    })
            })
    }
}

/// A checkpoint that is not that of a run.
package struct CheckpointMismatch: Error, Equatable, CustomStringConvertible {
    /// The tensor that is missing, or that has another type, shape or value than it must have.
    package let tensor: String

    /// Creates an error about a tensor.
    package init(tensor: String) { self.tensor = tensor }

    package var description: String { "its tensor '\(tensor)' is missing or not that of this run" }
}

extension Int64 {
    /// The bits of a Double.
    fileprivate init(bits number: Double) { self.init(bitPattern: number.bitPattern) }
}

extension Double {
    /// The Double of these bits.
    fileprivate init(bits: Int64) { self.init(bitPattern: UInt64(bitPattern: bits)) }
}
