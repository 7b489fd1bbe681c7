import ArgumentParser
import Backend
import Backends
import Datasets
import Foundation
import JSON
import NeuralNetwork
import Platform
import Reporting
import Studies
import Training

/// `resnet-bo benchmark`: how fast this machine trains, and where the time goes.
struct Benchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure training and evaluation, and each operation's share of a training step.")

    @Option(
        parsing: .unconditional, help: "Models of the stack. (default: 5)",
        transform: OptionValue.wholeNumber(1...100_000))
    var stack = 5

    @Option(
        parsing: .unconditional, help: "Images of a gradient step. (default: 64)",
        transform: OptionValue.wholeNumber(2...1_000_000))
    var batchSize = 64

    @Option(
        parsing: .unconditional,
        help: "Seconds to measure each of training, evaluation and the operations. (default: 2.0)",
        transform: OptionValue.number("above 0 and at most 3600") { $0 > 0 && $0 <= 3600 })
    var seconds = 2.0

    @OptionGroup var data: DataOptions
    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let images = try data.load(.training)
        guard batchSize <= images.count else {
            throw ValidationError("--batch-size \(batchSize): there are \(images.count) training images")
        }
        try run(on: backend.open(), images: images)
    }

    private func run(on backend: some Backend, images: LabelledImages) throws {
        let description = ResNetDescription()
        let peakBefore = try peakGflops(of: backend)
        let bench = try StepBench(stack: stack, batchSize: batchSize, images: images, on: backend)
        let training = try bench.imagesPerSecond(.training, for: seconds)
        let evaluation = try bench.imagesPerSecond(.evaluation, for: seconds)

        let profiler = ProfilingBackend(backend)
        let profiled = try StepBench(stack: stack, batchSize: batchSize, images: images, on: profiler)
        try profiled.run(.training)
        profiler.reset()
        let profileStart = ContinuousClock.now
        var steps = 0
        while ContinuousClock.now - profileStart < .seconds(seconds) {
            try profiled.run(.training)
            steps += profiled.steps
        }
        // Before and after: what else runs on the machine can only make the peak look lower.
        let peak = [peakBefore, try peakGflops(of: backend)].compactMap { $0 }.max()
        let kernels = try kernelProfile(of: backend) { profiled in
            try trainingStep(stack: stack, batchSize: batchSize, images: images, on: profiled)
        }
        let floors = kernels.map { KernelFloor.list($0.launches) }
        let kernelTimes = kernels.map { kernels in
            (floors ?? []).compactMap { work in
                kernels.seconds[work.kernel].map { KernelTime(work, seconds: $0, peakGflops: peak) }
            }
        }
        let total = profiler.costs.reduce(0) { $0 + $1.seconds }
        let gflops = training * Double(description.trainingFlops) / 1e9
        let evaluationGflops = evaluation * Double(description.forwardFlops) / 1e9
        let report = Report(
            backend: backend.device.backend, device: backend.device.name,
            threads: backend.device.backend == "cpu" ? backend.device.computeUnits : nil, stack: stack,
            batchSize: batchSize, trainImagesPerSecond: training, evaluateImagesPerSecond: evaluation,
            trainGflops: gflops, evaluateGflops: evaluationGflops, peakGflops: peak,
            trainPeakFraction: peak.map { gflops / $0 }, evaluatePeakFraction: peak.map { evaluationGflops / $0 },
            peakMemoryMegabytes: Double(Machine.current.peakMemoryBytes) / 1024 / 1024,
            deviceMemoryMegabytes: peakDeviceMemoryBytes(of: backend).map { Double($0) / 1024 / 1024 },
            kernelTimes: kernelTimes, kernels: floors,
            operations: profiler.costs.map { cost in
                Report.Operation(
                    name: cost.name, milliseconds: 1000 * cost.seconds / Double(steps),
                    gflops: cost.flops > 0 ? Double(cost.flops) / cost.seconds / 1e9 : nil,
                    share: cost.seconds / total)
            })
        try output.json ? Console.print(JSON.encode(report)) : report.printTable()
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
    /// What the cores or the device can do in a loop of fused multiply-adds; null where it can't be measured.
    var peakGflops: Double?
    var trainPeakFraction: Double?
    var evaluatePeakFraction: Double?
    /// The most memory that the process had at once, in 2^20 bytes.
    var peakMemoryMegabytes: Double
    /// The most memory of the device that was taken at once, in 2^20 bytes; null for the CPU backend.
    var deviceMemoryMegabytes: Double?
    /// What the kernels of a training step take, measured by the device's clock; null for the CPU backend.
    var kernelTimes: [KernelTime]?
    /// What the kernels of a training step have to do, and the floor this sets on classes of GPUs.
    ///
    /// Computed on paper, not measured. Null for the CPU backend.
    var kernels: [KernelFloor]?
    /// What the classes of GPUs are taken to do.
    let gpuClasses = GPUClass.all
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
        if let deviceMemoryMegabytes {
            try Console.print(String(format: "of the device %3.0f MB at most", deviceMemoryMegabytes))
        }
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
        if let kernelTimes { try printTimes(kernelTimes) }
        if let kernels { try printFloors(kernels) }
    }

    private func printTimes(_ kernels: [KernelTime]) throws {
        if let peakGflops {
            try Console.print(
                String(format: "\nThe device's peak, measured: %.0f GFLOP/s in fused multiply-adds", peakGflops))
        }
        try Console.print("Kernels of a training step, measured by the device's clock:\n")
        let width = kernels.map(\.kernel.count).max() ?? 0
        let name = "kernel".padding(toLength: width, withPad: " ", startingAt: 0)
        try Console.print("\(name)       ms  GFLOP/s  of peak   GB/s")
        for kernel in kernels {
            let name = kernel.kernel.padding(toLength: width, withPad: " ", startingAt: 0)
            let part = kernel.peakFraction.map { String(format: "%7.0f%%", 100 * $0) } ?? "        "
            try Console.print(
                String(
                    format: "%@ %8.3f %8.1f %@ %6.1f", name, kernel.milliseconds, kernel.gflops, part,
                    kernel.gigabytesPerSecond))
        }
        try Console.print(
            String(
                format: "%@ %8.3f", "all".padding(toLength: width, withPad: " ", startingAt: 0),
                kernels.reduce(0) { $0 + $1.milliseconds }))
    }

    private func printFloors(_ kernels: [KernelFloor]) throws {
        try Console.print("\nFloors of a training step, computed on paper from the work and not measured:")
        for gpu in gpuClasses {
            try Console.print(
                String(
                    format: "%@: %.0f TFLOP/s, %.0f GB/s, %.0f us a launch", gpu.name, gpu.teraflops,
                    gpu.gigabytesPerSecond, gpu.launchMicroseconds))
        }
        let width = kernels.map(\.kernel.count).max() ?? 0
        func row(_ name: String, _ launches: Int, _ flops: Int, _ bytes: Int, _ floor: [String: Double]) throws {
            let name = name.padding(toLength: width, withPad: " ", startingAt: 0)
            let times = gpuClasses.map { String(format: "%11.0f us", floor[$0.name] ?? 0) }.joined()
            try Console.print(
                String(format: "%@ %8d %8.2f %7.2f", name, launches, Double(flops) / 1e6, Double(bytes) / 1e6) + times)
        }
        let classes = gpuClasses.map { String(repeating: " ", count: max(14 - $0.name.count, 1)) + $0.name }.joined()
        let name = "kernel".padding(toLength: width, withPad: " ", startingAt: 0)
        try Console.print("\n\(name) launches   MFLOP      MB\(classes)")
        for kernel in kernels {
            try row(kernel.kernel, kernel.launches, kernel.flops, kernel.bytes, kernel.floorMicroseconds)
        }
        var floor: [String: Double] = [:]
        for kernel in kernels { floor.merge(kernel.floorMicroseconds) { $0 + $1 } }
        try row(
            "all", kernels.reduce(0) { $0 + $1.launches }, kernels.reduce(0) { $0 + $1.flops },
            kernels.reduce(0) { $0 + $1.bytes }, floor)
        let images = Double(stack * batchSize)
        try Console.print(
            "at most, images/s: "
                + gpuClasses.map { String(format: "%@ %.0f", $0.name, images / (floor[$0.name] ?? .infinity) * 1e6) }
                .joined(separator: ", "))
    }
}
