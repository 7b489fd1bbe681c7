import ArgumentParser
import Backend
import Backends
import Datasets
import Foundation
import NeuralNetwork
import Reporting
import Studies
import Training

/// `resnet-bo benchmark`: how fast this machine trains, and where the time goes.
struct Benchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure training and evaluation, and each operation's share of a training step.")

    @Option(help: "Models of the stack.")
    var stack = 5

    @Option(help: "Images of a gradient step.")
    var batchSize = 64

    @Option(help: "Seconds to measure each of training, evaluation and the operations.")
    var seconds = 2.0

    @OptionGroup var data: DataOptions
    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...100_000).contains(stack) else {
            throw ValidationError("--stack \(stack): must be between 1 and 100000")
        }
        guard (2...1_000_000).contains(batchSize) else {
            throw ValidationError("--batch-size \(batchSize): must be between 2 and 1000000")
        }
        guard seconds > 0, seconds <= 3600 else {
            throw ValidationError("--seconds \(seconds): must be above 0 and at most 3600")
        }
    }

    func run() throws {
        let images = try data.load().training
        guard batchSize <= images.count else {
            throw ValidationError("--batch-size \(batchSize): there are \(images.count) training images")
        }
        try run(on: backend.open(), images: images)
    }

    private func run(on backend: some Backend, images: LabelledImages) throws {
        let description = ResNetDescription()
        let peakBefore = peakGflops(of: backend)
        let bench = try StepBench(stack: stack, batchSize: batchSize, images: images, on: backend)
        let training = try bench.imagesPerSecond(for: seconds) { try bench.train() }
        let evaluation = try bench.imagesPerSecond(for: seconds) { try bench.evaluate() }

        let profiler = ProfilingBackend(backend)
        let profiled = try StepBench(stack: stack, batchSize: batchSize, images: images, on: profiler)
        try profiled.train()
        profiler.reset()
        let profileStart = ContinuousClock.now
        var steps = 0
        while ContinuousClock.now - profileStart < .seconds(seconds) {
            try profiled.train()
            steps += 1
        }
        // Before and after: what else runs on the machine can only make the peak look lower.
        let peak = [peakBefore, peakGflops(of: backend)].compactMap { $0 }.max()
        let total = profiler.costs.reduce(0) { $0 + $1.seconds }
        let gflops = training * Double(description.trainingFlops) / 1e9
        let evaluationGflops = evaluation * Double(description.forwardFlops) / 1e9
        let report = Report(
            backend: backend.device.backend, device: backend.device.name,
            threads: backend.device.backend == "cpu" ? backend.device.computeUnits : nil, stack: stack,
            batchSize: batchSize, trainImagesPerSecond: training, evaluateImagesPerSecond: evaluation,
            trainGflops: gflops, evaluateGflops: evaluationGflops, peakGflops: peak,
            trainPeakFraction: peak.map { gflops / $0 }, evaluatePeakFraction: peak.map { evaluationGflops / $0 },
            peakMemoryMegabytes: peakMemoryMegabytes(),
            operations: profiler.costs.map { cost in
                Report.Operation(
                    name: cost.name, milliseconds: 1000 * cost.seconds / Double(steps),
                    gflops: cost.flops > 0 ? Double(cost.flops) / cost.seconds / 1e9 : nil,
                    share: cost.seconds / total)
            })
        try output.json ? Console.print(JSON.encode(report)) : report.printTable()
    }
}

/// A stack in the middle of training, for timing its steps.
private struct StepBench<B: Backend> {
    private let backend: B
    private let stack: ResNetStack<B>
    private let batch: StackBatch<B>
    private let scores: StackScores<B>

    init(stack models: Int, batchSize: Int, images: LabelledImages, on backend: B) throws {
        self.backend = backend
        stack = try ResNetStack(models: models, samples: batchSize, on: backend)
        let initial = StateDictionary(initial: stack.layout, seed: 10)
        try stack.load(Array(repeating: initial, count: models))
        try stack.setDescent(Array(repeating: SGD(learningRate: 0.01), count: models))
        let data = try ResidentDataset(images, on: backend)
        let indices = epochOrder(data.allIndices, seed: 10, fold: 0, epoch: 0)
        let order = try stack.makeOrder(Array(repeating: indices, count: models), datasetSize: images.count)
        scores = try stack.makeScores(steps: 1)
        batch = StackBatch(
            dataset: data.dataset, order: order, start: 0, counts: SampleCounts(batchSize, models: models))
    }

    func train() throws { try stack.trainStep(on: batch, scores: scores, step: 0) }

    func evaluate() throws { try stack.evaluateStep(on: batch, scores: scores, step: 0) }

    /// Repeats a step for about `seconds` after a warm-up.
    func imagesPerSecond(for seconds: Double, _ step: () throws -> Void) throws -> Double {
        for _ in 0..<3 { try step() }
        try backend.synchronize()
        let start = ContinuousClock.now
        var steps = 0
        repeat {
            for _ in 0..<4 { try step() }
            steps += 4
            try backend.synchronize()
        } while ContinuousClock.now - start < .seconds(seconds)
        return Double(steps * batch.counts.total) / ((ContinuousClock.now - start) / .seconds(1))
    }
}

/// The JSON of `benchmark`.
private struct Report: Encodable {
    var backend: String
    var device: String
    var threads: Int?
    var stack: Int
    var batchSize: Int
    var trainImagesPerSecond: Double
    var evaluateImagesPerSecond: Double
    /// Counting the multiplications and additions of convolutions and the linear layer.
    var trainGflops: Double
    var evaluateGflops: Double
    /// What the cores used can do in a loop of fused multiply-adds; null where it can't be measured.
    var peakGflops: Double?
    var trainPeakFraction: Double?
    var evaluatePeakFraction: Double?
    /// The most memory that the process had at once, in 2^20 bytes.
    var peakMemoryMegabytes: Double
    var operations: [Operation]

    struct Operation: Encodable {
        var name: String
        /// Of one training step of the whole stack.
        var milliseconds: Double
        /// Null where the work is moving memory.
        var gflops: Double?
        var share: Double
    }

    func printTable() throws {
        try Console.print("Stack of \(stack), batch \(batchSize)")
        func printRate(_ what: String, _ images: Double, _ gflops: Double, _ part: Double?) throws {
            let peak = part.map { String(format: ", %.0f%% of the FMA peak", 100 * $0) } ?? ""
            try Console.print(String(format: "%@ %8.0f images/s, %6.1f GFLOP/s%@", what, images, gflops, peak))
        }
        try printRate("training  ", trainImagesPerSecond, trainGflops, trainPeakFraction)
        try printRate("evaluation", evaluateImagesPerSecond, evaluateGflops, evaluatePeakFraction)
        try Console.print(String(format: "memory     %8.0f MB at most", peakMemoryMegabytes))
        let width = operations.map(\.name.count).max() ?? 0
        let name = "operation".padding(toLength: width, withPad: " ", startingAt: 0)
        try Console.print("\n\(name)       ms  share  GFLOP/s" + (peakGflops == nil ? "" : "  of peak"))
        for operation in operations {
            let name = operation.name.padding(toLength: width, withPad: " ", startingAt: 0)
            var line = String(format: "%@ %8.3f %5.1f%%", name, operation.milliseconds, 100 * operation.share)
            if let gflops = operation.gflops {
                line += String(format: " %8.1f", gflops)
                if let peakGflops { line += String(format: " %7.0f%%", 100 * gflops / peakGflops) }
            }
            try Console.print(line)
        }
    }
}

/// The most memory that this process had at once, in 2^20 bytes.
private func peakMemoryMegabytes() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    // Kibibytes on Linux.
    return Double(usage.ru_maxrss) / 1024
}
