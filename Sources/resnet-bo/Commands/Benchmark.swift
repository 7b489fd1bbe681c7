import ArgumentParser
import Backend
import Backends
import Datasets
import NeuralNetwork
import Platform
import Reporting

/// `resnet-bo benchmark` measures the speed of training and evaluation, and the share of each operation.
struct Benchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure training and evaluation, and each operation's share of a training step.")

    @OptionGroup var options: StackOptions

    @Option(
        "Seconds to measure each of training, evaluation and the operations.",
        OptionValue.number("a number above 0 and at most 3600") { $0 > 0 && $0 <= 3600 })
    var seconds = 2.0

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let images = try options.load()
        let network = try options.network.read().plan(for: images.format)
        try run(on: backend.open(), images: images, network: network)
    }

    private func run(on backend: some Backend, images: LabelledImages, network: NetworkPlan) throws {
        let peakMeasuring = backend as? any PeakMeasuring
        let peakBefore = try peakMeasuring?.measurePeakGflops()
        let bench = try StepBench(options, images: images, network: network, on: backend)
        let training = try bench.imagesPerSecond(.training, for: seconds)
        let evaluation = try bench.imagesPerSecond(.evaluation, for: seconds)

        let profiler = ProfilingBackend(backend)
        let profiled = try StepBench(options, images: images, network: network, on: profiler)
        try profiled.run(.training)
        profiler.reset()
        let profileStart = ContinuousClock.now
        var steps = 0
        while ContinuousClock.now - profileStart < .seconds(seconds) {
            try profiled.run(.training)
            steps += profiled.steps
        }
        // The peak is measured before and after, because other programs on the machine can only lower it.
        let peak = [peakBefore, try peakMeasuring?.measurePeakGflops()].compactMap { $0 }.max()
        let kernels = try (backend as? any KernelRecording)?.kernelProfile { profiled in
            try trainingStep(options, images: images, network: network, on: profiled)
        }
        let floors = kernels.map { KernelFloor.list($0.launches) }
        let kernelTimes = kernels.map { kernels in
            (floors ?? []).compactMap { work in
                kernels.seconds[work.kernel].map { KernelTime(work, seconds: $0, peakGflops: peak) }
            }
        }
        let total = profiler.costs.reduce(0) { $0 + $1.seconds }
        let gflops = training * Double(network.trainingFlops) / 1e9
        let evaluationGflops = evaluation * Double(network.forwardFlops) / 1e9
        let report = Report(
            backend: backend.device.backend, device: backend.device.name,
            threads: backend.device.backend == "cpu" ? backend.device.computeUnits : nil, stack: options.stack,
            batchSize: options.batchSize, trainImagesPerSecond: training, evaluateImagesPerSecond: evaluation,
            trainGflops: gflops, evaluateGflops: evaluationGflops, peakGflops: peak,
            trainPeakFraction: peak.map { gflops / $0 }, evaluatePeakFraction: peak.map { evaluationGflops / $0 },
            peakMemoryMegabytes: Double(Machine.current.peakMemoryBytes) / 1024 / 1024,
            deviceMemoryMegabytes: (backend as? any DeviceMemoryMeasuring).map {
                Double($0.peakMemoryBytes) / 1024 / 1024
            },
            kernelTimes: kernelTimes, hostMicroseconds: kernels.map { 1e6 * $0.hostSeconds }, kernels: floors,
            stackFloors: kernels.map {
                StackFloor.list($0.launches, stack: options.stack, batchSize: options.batchSize)
            },
            operations: profiler.costs.map { cost in
                Report.Operation(
                    name: cost.name, milliseconds: 1000 * cost.seconds / Double(steps),
                    gflops: cost.flops > 0 ? Double(cost.flops) / cost.seconds / 1e9 : nil,
                    share: cost.seconds / total)
            })
        try output.write(report, text: report.lines.joined(separator: "\n"))
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
    /// The measured peak of the cores or the device in a loop of fused multiply-adds; `null` if it can't be measured.
    var peakGflops: Double?
    var trainPeakFraction: Double?
    var evaluatePeakFraction: Double?
    /// The peak memory of the process, in units of 2^20 bytes.
    var peakMemoryMegabytes: Double
    /// The peak memory of the device, in units of 2^20 bytes; `null` for the CPU backend.
    var deviceMemoryMegabytes: Double?
    /// The times of the kernels of a training step, measured by the device's clock; `null` for the CPU backend.
    var kernelTimes: [KernelTime]?
    /// The microseconds that the host needs to enqueue a training step; `null` for the CPU backend.
    var hostMicroseconds: Double?
    /// The work of the kernels of a training step, and the lower bound of its time on classes of GPUs.
    ///
    /// Computed on paper, not measured. Null for the CPU backend.
    var kernels: [KernelFloor]?
    /// The upper bound of the speed of training with stacks of several sizes; null for the CPU backend.
    var stackFloors: [StackFloor]?
    /// The assumed speeds of the classes of GPUs.
    let gpuClasses = GPUClass.all
    var operations: [Operation]

    struct Operation: Encodable {
        var name: String
        /// The milliseconds of one training step of the whole stack.
        var milliseconds: Double
        /// Null where the work is moving memory.
        var gflops: Double?
        var share: Double
    }
}

/// The report as text.
extension Report {
    var lines: [String] {
        func rate(_ what: String, _ images: Double, _ gflops: Double, _ part: Double?) -> String {
            let peak = part.map { (100 * $0).printed(", %.0f%% of the FMA peak") } ?? ""
            return "\(what) \(images.printed("%8.0f")) images/s, \(gflops.printed("%6.1f")) GFLOP/s\(peak)"
        }
        var lines = [
            "Stack of \(stack), batch \(batchSize)",
            rate("training  ", trainImagesPerSecond, trainGflops, trainPeakFraction),
            rate("evaluation", evaluateImagesPerSecond, evaluateGflops, evaluatePeakFraction),
            peakMemoryMegabytes.printed("memory     %8.0f MB at most"),
        ]
        if let deviceMemoryMegabytes {
            lines.append(deviceMemoryMegabytes.printed("of the device %3.0f MB at most"))
        }
        lines.append("")
        lines += table(
            ["operation", "ms", "share", "GFLOP/s"] + (peakGflops == nil ? [] : ["of peak"]), [0, 8, 6, 8, 8],
            operations.map { operation in
                let part = peakGflops.flatMap { peak in operation.gflops.map { 100 * $0 / peak } }
                return [
                    operation.name, number(operation.milliseconds, 3), number(100 * operation.share, 1, "%"),
                    number(operation.gflops, 1), number(part, 0, "%"),
                ]
            })
        return lines + (kernelTimes.map(timeLines) ?? []) + (kernels.map(floorLines) ?? [])
    }

    private func timeLines(_ kernels: [KernelTime]) -> [String] {
        let peak = peakGflops.map {
            ["", $0.printed("The device's peak, measured: %.0f GFLOP/s in fused multiply-adds")]
        }
        let rows = kernels.map { kernel in
            [
                kernel.kernel, number(kernel.milliseconds, 3), number(kernel.gflops, 1),
                number(kernel.peakFraction.map { 100 * $0 }, 0, "%"), number(kernel.gigabytesPerSecond, 1),
            ]
        }
        return (peak ?? []) + ["Kernels of a training step, measured by the device's clock:", ""]
            + table(
                ["kernel", "ms", "GFLOP/s", "of peak", "GB/s"], [0, 8, 8, 8, 6],
                rows + [
                    ["all", number(kernels.reduce(0) { $0 + $1.milliseconds }, 3)],
                    ["the host, to enqueue them", number(hostMicroseconds.map { $0 / 1000 }, 3)],
                ])
    }

    private func floorLines(_ kernels: [KernelFloor]) -> [String] {
        let classes = gpuClasses.map { gpu in
            "\(gpu.name): \(gpu.teraflops.printed("%.0f TFLOP/s")), \(gpu.gigabytesPerSecond.printed("%.0f GB/s")), "
                + gpu.launchMicroseconds.printed("%.0f us a launch")
        }
        let all = KernelFloor(sumOf: kernels, named: "all")
        let rows = (kernels + [all]).map { kernel in
            [
                kernel.kernel, "\(kernel.launches)", number(Double(kernel.flops) / 1e6, 2),
                number(Double(kernel.bytes) / 1e6, 2),
            ] + gpuClasses.map { number(kernel.floorMicroseconds[$0.name], 0, " us") }
        }
        let stacks = (stackFloors ?? []).map { floor in
            ["stack of \(floor.stack), at most"]
                + gpuClasses.map { number(floor.imagesPerSecond[$0.name], 0, " images/s") }
        }
        return ["", "Floors of a training step, computed on paper from the work and not measured:"] + classes + [""]
            + table(
                ["kernel", "launches", "MFLOP", "MB"] + gpuClasses.map(\.name), [0, 8, 8, 7, 13, 13, 13], rows)
            + [""] + table([""] + gpuClasses.map(\.name), [0, 20, 20, 20], stacks)
    }

    private func number(_ value: Double?, _ fractionDigits: Int, _ unit: String = "") -> String {
        value.map { $0.formatted(fractionDigits: fractionDigits) + unit } ?? ""
    }

    private func table(_ header: [String], _ widths: [Int], _ rows: [[String]]) -> [String] {
        Table(header, rows, widths: widths, separator: " ", leftAligned: 1).lines
    }
}
