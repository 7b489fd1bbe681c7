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
            steps += profiled.steps
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

/// A stack in the middle of training, for timing passes of some steps.
private struct StepBench<B: Backend> {
    private let backend: B
    private let stack: ResNetStack<B>
    private let data: ResidentDataset<B>
    private let order: StackOrder<B>
    private let scores: StackScores<B>
    /// Images of all models in a pass.
    private let images: Int
    /// Steps of a pass.
    let steps: Int

    init(stack models: Int, batchSize: Int, images: LabelledImages, on backend: B) throws {
        self.backend = backend
        stack = try ResNetStack(models: models, samples: batchSize, on: backend)
        let initial = StateDictionary(initial: stack.layout, seed: 10)
        try stack.load(Array(repeating: initial, count: models))
        try stack.setDescent(Array(repeating: SGD(learningRate: 0.01), count: models))
        data = try ResidentDataset(images, on: backend)
        // About a tenth of a second on a processor of today.
        steps = min(max(10_000 / (models * batchSize), 4), images.count / batchSize)
        let indices = epochOrder(data.allIndices, seed: 10, fold: 0, epoch: 0).prefix(steps * batchSize)
        order = try stack.makeOrder(Array(repeating: Array(indices), count: models), datasetSize: images.count)
        scores = try stack.makeScores(steps: steps)
        self.images = models * steps * batchSize
    }

    func train() throws { try stack.run(.training, on: data.dataset, order: order, scores: scores) }

    func evaluate() throws { try stack.run(.evaluation, on: data.dataset, order: order, scores: scores) }

    /// Repeats a pass for about `seconds` after a warm-up.
    func imagesPerSecond(for seconds: Double, _ pass: () throws -> Void) throws -> Double {
        try pass()
        try backend.synchronize()
        let start = ContinuousClock.now
        var passes = 0
        repeat {
            try pass()
            passes += 1
            try backend.synchronize()
        } while ContinuousClock.now - start < .seconds(seconds)
        return Double(passes * images) / ((ContinuousClock.now - start) / .seconds(1))
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
    // Linux counts in `ru_maxrss` what the process that started this one had before.
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    if let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
        let kibibytes = Double(line.split(whereSeparator: \.isWhitespace)[1])
    {
        return kibibytes / 1024
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    // Kibibytes on Linux.
    return Double(usage.ru_maxrss) / 1024
}
