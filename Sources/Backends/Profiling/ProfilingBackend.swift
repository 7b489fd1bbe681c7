package import Backend
import Synchronization

/// A backend that wraps another one, and measures each of its operations by waiting after every call.
///
/// On a device with a queue the waiting takes time, so the fractions are meaningful, and the sum is not.
package final class ProfilingBackend<Base: Backend>: Backend {
    package typealias Memory = Base.Memory
    package typealias Workspace = Base.Workspace
    package typealias Activation = Base.Activation
    package typealias Parameters = Base.Parameters
    package typealias Slice = ParameterSlice<Base.Parameters>
    package typealias Dataset = Base.Dataset
    package typealias SampleOrder = Base.SampleOrder
    package typealias Labels = Base.Labels
    package typealias Scores = Base.Scores
    package typealias Masks = Base.Masks

    private let base: Base
    private let ledger: Ledger

    /// The measurements of all teams of a backend.
    private final class Ledger: Sendable {
        let costs = Mutex<[OperationCost]>([])
        let teams = Atomic<Int>(1)
    }

    /// Wraps a backend.
    package convenience init(_ base: Base) { self.init(base, ledger: Ledger()) }

    private init(_ base: Base, ledger: Ledger) {
        self.base = base
        self.ledger = ledger
    }

    /// The costs, in the order of the first calls.
    ///
    /// The seconds of all teams are added and divided by the number of teams, because the teams run concurrently.
    package var costs: [OperationCost] {
        let teams = Double(ledger.teams.load(ordering: .relaxed))
        return ledger.costs.withLock { costs in
            costs.map { OperationCost(name: $0.name, seconds: $0.seconds / teams, flops: $0.flops) }
        }
    }

    /// Deletes the measurements, after a warm-up.
    package func reset() { ledger.costs.withLock { $0 = [] } }

    package var device: DeviceDescription { base.device }
    package func preferredModels(samples: Int) -> Int { base.preferredModels(samples: samples) }
    package func preferredEvaluationSamples(samples: Int) -> Int { base.preferredEvaluationSamples(samples: samples) }
    package var largestDatasetBytes: Int? { base.largestDatasetBytes }
    package func makeTeams(atMost count: Int, samples: Int) throws(BackendError) -> [ProfilingBackend] {
        let teams = try base.makeTeams(atMost: count, samples: samples)
        ledger.teams.store(teams.count, ordering: .relaxed)
        return teams.map { ProfilingBackend($0, ledger: ledger) }
    }
    package func runTeams(_ count: Int, _ body: (Int) -> Void) { base.runTeams(count, body) }

    private func time(
        _ name: String, flops: Int = 0, _ operation: () throws(BackendError) -> Void
    ) throws(BackendError) {
        let start = ContinuousClock.now
        try operation()
        try base.synchronize()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        ledger.costs.withLock { costs in
            let index = costs.firstIndex { $0.name == name } ?? costs.endIndex
            if index == costs.endIndex { costs.append(OperationCost(name: name)) }
            costs[index].seconds += seconds
            costs[index].flops += flops
        }
    }

    // MARK: Storage

    package func makeMemory(bytes: Int) throws(BackendError) -> Memory { try base.makeMemory(bytes: bytes) }
    package func byteCount(of shape: ActivationShape) -> Int { base.byteCount(of: shape) }
    package func makeActivation(_ shape: ActivationShape, in memory: Memory) throws(BackendError) -> Activation {
        try base.makeActivation(shape, in: memory)
    }
    package func uncheckedWrite(_ values: [Float], to activation: Activation) throws(BackendError) {
        try base.uncheckedWrite(values, to: activation)
    }
    package func read(_ activation: Activation) throws(BackendError) -> [Float] { try base.read(activation) }
    package func makeParameters(models: Int, count: Int) throws(BackendError) -> Parameters {
        try base.makeParameters(models: models, count: count)
    }
    package func uncheckedWrite(_ values: [Float], to parameters: Parameters) throws(BackendError) {
        try base.uncheckedWrite(values, to: parameters)
    }
    package func read(_ parameters: Parameters) throws(BackendError) -> [Float] { try base.read(parameters) }
    package func synchronize() throws(BackendError) { try base.synchronize() }

    // MARK: Gather

    package func makeDataset(_ bytes: ImageBytes) throws(BackendError) -> Dataset { try base.makeDataset(bytes) }
    package func uncheckedMakeSampleOrder(
        _ perModel: [[Int32]], changes: [[ImageChange]]?, shape: SampleOrderShape
    ) throws(BackendError) -> SampleOrder {
        try base.uncheckedMakeSampleOrder(perModel, changes: changes, shape: shape)
    }
    package func makeLabels(_ shape: LabelShape) throws(BackendError) -> Labels { try base.makeLabels(shape) }
    package func uncheckedWrite(_ values: [UInt8], to labels: Labels) throws(BackendError) {
        try base.uncheckedWrite(values, to: labels)
    }
    package func read(_ labels: Labels) throws(BackendError) -> [UInt8] { try base.read(labels) }
    package func uncheckedGather(
        from dataset: Dataset, order: SampleOrder, start: Int, counts: SampleCounts, images: Activation, labels: Labels
    ) throws(BackendError) {
        try time("gather") { () throws(BackendError) in
            try base.uncheckedGather(
                from: dataset, order: order, start: start, counts: counts, images: images, labels: labels)
        }
    }

    // MARK: Fused layers

    package func workspaceByteCounts(for layer: FusedLayer, models: Int, samples: Int) -> [Int] {
        base.workspaceByteCounts(for: layer, models: models, samples: samples)
    }

    package func makeWorkspace(
        for layer: FusedLayer, models: Int, samples: Int, in memory: [Memory]
    ) throws(BackendError) -> Workspace {
        try base.makeWorkspace(for: layer, models: models, samples: samples, in: memory)
    }

    package func uncheckedForwardTraining(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation, residual: Activation?,
        counts: SampleCounts, workspace: Workspace, output: Activation
    ) throws(BackendError) {
        try time("forward \(name(of: layer))", flops: flops(of: layer, counts)) { () throws(BackendError) in
            try base.uncheckedForwardTraining(
                layer, parameters, input: input, residual: residual, counts: counts, workspace: workspace,
                output: output)
        }
    }

    package func uncheckedForwardEvaluation(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation, residual: Activation?,
        counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        try time("evaluation \(name(of: layer))", flops: flops(of: layer, counts)) { () throws(BackendError) in
            try base.uncheckedForwardEvaluation(
                layer, parameters, input: input, residual: residual, counts: counts, output: output)
        }
    }

    package func uncheckedBackwardOutput(
        _ layer: FusedLayer, output: Activation, outputGradient: Activation, counts: SampleCounts,
        workspace: Workspace
    ) throws(BackendError) {
        try time("backward \(name(of: layer))") { () throws(BackendError) in
            try base.uncheckedBackwardOutput(
                layer, output: output, outputGradient: outputGradient, counts: counts, workspace: workspace)
        }
    }

    package func uncheckedBackwardInput(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<Parameters>, input: Activation,
        outputGradient: Activation, counts: SampleCounts, workspace: Workspace,
        gradients: FusedLayerGradients<Parameters>, inputGradient: Activation?, accumulate: Bool
    ) throws(BackendError) {
        let sums = inputGradient == nil ? 1 : 2
        try time("backward \(name(of: layer))", flops: sums * flops(of: layer, counts)) { () throws(BackendError) in
            try base.uncheckedBackwardInput(
                layer, parameters, input: input, outputGradient: outputGradient, counts: counts, workspace: workspace,
                gradients: gradients, inputGradient: inputGradient, accumulate: accumulate)
        }
    }

    private func name(of layer: FusedLayer) -> String {
        (layer.convolution?.description ?? "\(layer.input)") + (layer.pool == nil ? "" : ", max-pool")
    }

    private func flops(of layer: FusedLayer, _ counts: SampleCounts) -> Int {
        (layer.convolution?.flops ?? 0) * counts.total
    }

    // MARK: Average-pooling and shortcut

    package func uncheckedAveragePool(
        _ pool: AveragePool, input: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        try time("average-pool") { () throws(BackendError) in
            try base.uncheckedAveragePool(pool, input: input, counts: counts, output: output)
        }
    }

    package func uncheckedAveragePoolGradient(
        _ pool: AveragePool, outputGradient: Activation, counts: SampleCounts, inputGradient: Activation
    ) throws(BackendError) {
        try time("average-pool gradient") { () throws(BackendError) in
            try base.uncheckedAveragePoolGradient(
                pool, outputGradient: outputGradient, counts: counts, inputGradient: inputGradient)
        }
    }

    package func uncheckedPaddedShortcut(
        _ shortcut: PaddedShortcut, input: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        try time("shortcut") { () throws(BackendError) in
            try base.uncheckedPaddedShortcut(shortcut, input: input, counts: counts, output: output)
        }
    }

    package func uncheckedPaddedShortcutGradient(
        _ shortcut: PaddedShortcut, outputGradient: Activation, counts: SampleCounts, inputGradient: Activation,
        accumulate: Bool
    ) throws(BackendError) {
        try time("shortcut gradient") { () throws(BackendError) in
            try base.uncheckedPaddedShortcutGradient(
                shortcut, outputGradient: outputGradient, counts: counts, inputGradient: inputGradient,
                accumulate: accumulate)
        }
    }

    // MARK: Dropout

    package func makeMasks(_ shape: MaskShape) throws(BackendError) -> Masks { try base.makeMasks(shape) }
    package func uncheckedWrite(_ words: [UInt32], to masks: Masks) throws(BackendError) {
        try base.uncheckedWrite(words, to: masks)
    }
    package func uncheckedDropout(
        _ masks: Masks?, start: Int, scales: Parameters, input: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        try time("dropout") { () throws(BackendError) in
            try base.uncheckedDropout(
                masks, start: start, scales: scales, input: input, counts: counts, output: output)
        }
    }

    // MARK: Linear

    package func uncheckedLinear(
        input: Activation, weights: Slice, bias: Slice, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        try time("linear", flops: 2 * weights.count * counts.total) { () throws(BackendError) in
            try base.uncheckedLinear(input: input, weights: weights, bias: bias, counts: counts, output: output)
        }
    }

    package func uncheckedLinearGradients(
        input: Activation, weights: Slice, outputGradient: Activation, counts: SampleCounts, weightGradient: Slice,
        biasGradient: Slice, inputGradient: Activation?
    ) throws(BackendError) {
        let flops = (inputGradient == nil ? 2 : 4) * weights.count * counts.total
        try time("linear gradients", flops: flops) { () throws(BackendError) in
            try base.uncheckedLinearGradients(
                input: input, weights: weights, outputGradient: outputGradient, counts: counts,
                weightGradient: weightGradient, biasGradient: biasGradient, inputGradient: inputGradient)
        }
    }

    // MARK: Loss and optimiser

    package func makeScores(models: Int, steps: Int) throws(BackendError) -> Scores {
        try base.makeScores(models: models, steps: steps)
    }
    package func read(_ scores: Scores) throws(BackendError) -> [[StepScore]] { try base.read(scores) }
    package func uncheckedSoftmaxCrossEntropy(
        logits: Activation, labels: Labels, counts: SampleCounts, gradient: Activation?, scores: Scores, step: Int
    ) throws(BackendError) {
        try time("softmax cross-entropy") { () throws(BackendError) in
            try base.uncheckedSoftmaxCrossEntropy(
                logits: logits, labels: labels, counts: counts, gradient: gradient, scores: scores, step: step)
        }
    }

    package func uncheckedSmoothLabels(
        _ smoothing: Parameters, logits: Activation, labels: Labels, counts: SampleCounts, gradient: Activation,
        scores: Scores, step: Int
    ) throws(BackendError) {
        try time("label smoothing") { () throws(BackendError) in
            try base.uncheckedSmoothLabels(
                smoothing, logits: logits, labels: labels, counts: counts, gradient: gradient, scores: scores,
                step: step)
        }
    }

    package func uncheckedSelectLearningRates(
        from schedule: Parameters, step: Int, to learningRates: Parameters
    ) throws(BackendError) {
        try time("learning rates") { () throws(BackendError) in
            try base.uncheckedSelectLearningRates(from: schedule, step: step, to: learningRates)
        }
    }

    package func uncheckedClipGradients(
        _ gradients: Parameters, maxima: Parameters, counts: SampleCounts
    ) throws(BackendError) {
        try time("clipping of gradients") { () throws(BackendError) in
            try base.uncheckedClipGradients(gradients, maxima: maxima, counts: counts)
        }
    }

    package func uncheckedSGDStep(
        parameters: Parameters, gradients: Parameters, learningRates: Parameters, counts: SampleCounts
    ) throws(BackendError) {
        try time("SGD step") { () throws(BackendError) in
            try base.uncheckedSGDStep(
                parameters: parameters, gradients: gradients, learningRates: learningRates, counts: counts)
        }
    }

    package func uncheckedSGDStep(
        parameters: Parameters, gradients: Parameters, velocities: Parameters, learningRates: Parameters,
        momenta: Parameters, weightDecays: Parameters, nesterov: Bool, counts: SampleCounts
    ) throws(BackendError) {
        try time("SGD step with momentum") { () throws(BackendError) in
            try base.uncheckedSGDStep(
                parameters: parameters, gradients: gradients, velocities: velocities, learningRates: learningRates,
                momenta: momenta, weightDecays: weightDecays, nesterov: nesterov, counts: counts)
        }
    }
}
