package import Backend
import Kernels

/// Scores as `[model][step]` on the device.
package final class OpenCLScores: ScoreStorage {
    package let models: Int
    package let steps: Int
    let lossSums: DeviceBuffer
    let corrects: DeviceBuffer

    init(models: Int, steps: Int, lossSums: DeviceBuffer, corrects: DeviceBuffer) {
        self.models = models
        self.steps = steps
        self.lossSums = lossSums
        self.corrects = corrects
    }
}

/// What `Loss.cl` is compiled for.
private struct LossConstants: KernelConstants {
    static let source = KernelSource.loss
    var classes: Int
    /// The number of groups of lanes of each model.
    var groups: Int

    var macros: [String: Int] { ["CLASSES": classes, "GROUPS": groups] }
}

extension OpenCLBackend {
    /// The work-group size of the loss kernel: `LOSS_ITEMS` in `Loss.cl`.
    static let lossItems = 64

    package func makeScores(models: Int, steps: Int) throws(BackendError) -> OpenCLScores {
        let bytes = models * steps * 4
        return OpenCLScores(
            models: models, steps: steps, lossSums: try queue.makeBuffer(byteCount: bytes),
            corrects: try queue.makeBuffer(byteCount: bytes))
    }

    package func read(_ scores: OpenCLScores) throws(BackendError) -> [[StepScore]] {
        let count = scores.models * scores.steps
        let lossSums = try queue.read(scores.lossSums, as: Float.self, count: count)
        let corrects = try queue.read(scores.corrects, as: Int32.self, count: count)
        return (0..<scores.models).map { model in
            (model * scores.steps..<(model + 1) * scores.steps).map {
                StepScore(lossSum: lossSums[$0], correct: Int(corrects[$0]))
            }
        }
    }

    package func uncheckedSoftmaxCrossEntropy(
        logits: OpenCLActivation, labels: OpenCLLabels, counts: SampleCounts, gradient: OpenCLActivation?,
        scores: OpenCLScores, step: Int
    ) throws(BackendError) {
        let shape = logits.shape
        try queue.launch(
            library.kernel("softmaxCrossEntropy", LossConstants(classes: shape.channels, groups: logits.groups)),
            groups: WorkSize(x: 1, y: shape.models), of: WorkSize(x: Self.lossItems),
            [
                "logits": .buffer(logits.buffer), "labels": .buffer(labels.buffer),
                "counts": .buffer(buffer(of: counts)), "capacity": .int(shape.samples),
                "step": .ofStep(.number, .int(step)), "steps": .ofStep(.scoreSteps, .int(scores.steps)),
                "lossSums": .ofStep(.lossSums, .buffer(scores.lossSums)),
                "corrects": .ofStep(.corrects, .buffer(scores.corrects)), "hasGradient": .flag(gradient != nil),
                "gradient": .buffer((gradient ?? logits).buffer),
            ],
            work: lossWork(of: logits, counts: counts, hasGradient: gradient != nil))
    }

    /// The work of a loss, which reads the logits and may write their gradient.
    func lossWork(of logits: OpenCLActivation, counts: SampleCounts, hasGradient: Bool) -> KernelWork {
        let values = counts.total * logits.shape.channels
        return KernelWork(flops: 8 * values, floats: (hasGradient ? 2 : 1) * values)
    }

    package func uncheckedSmoothLabels(
        _ smoothing: OpenCLParameters, logits: OpenCLActivation, labels: OpenCLLabels, counts: SampleCounts,
        gradient: OpenCLActivation, scores: OpenCLScores, step: Int
    ) throws(BackendError) {
        let shape = logits.shape
        try queue.launch(
            library.kernel("smoothLabels", LossConstants(classes: shape.channels, groups: logits.groups)),
            groups: WorkSize(x: 1, y: shape.models), of: WorkSize(x: Self.lossItems),
            [
                "smoothing": .parameters(smoothing), "logits": .buffer(logits.buffer),
                "labels": .buffer(labels.buffer), "counts": .buffer(buffer(of: counts)),
                "capacity": .int(shape.samples), "step": .ofStep(.number, .int(step)),
                "steps": .ofStep(.scoreSteps, .int(scores.steps)),
                "lossSums": .ofStep(.lossSums, .buffer(scores.lossSums)), "gradient": .buffer(gradient.buffer),
            ],
            work: KernelWork(flops: 5 * counts.total * shape.channels, floats: 3 * counts.total * shape.channels))
    }
}
