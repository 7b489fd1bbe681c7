import ArgumentParser
import Backend
import Backends
import Datasets
import JSON
import NeuralNetwork
import Studies

/// `resnet-bo kernels`: the kernels of a training and an evaluation step, for `scripts/check-gpu-code`.
struct KernelList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "List, as JSON, the kernels of a training and an evaluation step with their sources and options.",
        shouldDisplay: false)

    @Option(help: "Models of the stack.")
    var stack = 5

    @Option(help: "Images of a training step.")
    var batchSize = 64

    @Option(help: "Steps before the listed ones; the first steps allocate buffers.")
    var warmUp = 2

    @Flag(help: "Use SGD with momentum and weight decay.")
    var momentum = false

    @Flag(help: "Also list a step's launches with every candidate of the tuner, each kernel once per set of options.")
    var candidates = false

    @OptionGroup var data: DataOptions
    @OptionGroup var backend: BackendOptions

    func run() throws {
        let images = try data.load(.training)
        guard batchSize <= images.count, batchSize > 1, stack > 0, warmUp >= 0 else {
            throw ValidationError("--batch-size \(batchSize): must be in 2...\(images.count)")
        }
        try run(on: undivided(backend.open()), images: images)
    }

    private func run(on backend: some Backend, images: LabelledImages) throws {
        let bench = try StepBench(stack: stack, batchSize: batchSize, images: images, on: backend)
        if momentum { try bench.setSGD(SGD(learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4)) }
        for _ in 0..<warmUp { try bench.train() }
        let training = try recordedLaunches(of: backend) { try bench.train() }
        let evaluation = try recordedLaunches(of: backend) { try bench.evaluate() }
        guard let training, let evaluation else {
            throw ValidationError("the \(backend.device.backend) backend has no kernels; use --backend opencl")
        }
        let peak = try recordedLaunches(of: backend) { _ = try peakGflops(of: backend) }?.first
        try Console.print(
            JSON.encode(
                KernelReport(
                    sources: kernelPrograms(), training: training.map(KernelReport.Launch.init),
                    evaluation: evaluation.map(KernelReport.Launch.init),
                    peak: peak.map { [KernelReport.Launch($0)] } ?? [],
                    candidates: candidates ? try candidateLaunches(of: backend, images: images) : nil)))
    }

    /// The kernels that a tuner's choices decide on, as the choices have them: each with its options once.
    private func candidateLaunches(of backend: any Backend, images: LabelledImages) throws -> [KernelReport.Launch] {
        var known: Set<[String]> = []
        var launches: [KernelReport.Launch] = []
        try forEachCandidate(of: backend) { candidate, kernels in
            let step = try trainingStep(stack: stack, batchSize: batchSize, images: images, on: candidate)
            for launch in try recordedLaunches(of: candidate, step) ?? []
            where kernels.contains(launch.kernel) && known.insert([launch.kernel, launch.options]).inserted {
                launches.append(KernelReport.Launch(launch))
            }
        }
        return launches
    }
}

/// The JSON of `kernels`.
private struct KernelReport: Encodable {
    /// Whole programs by the names of their files.
    var sources: [String: String]
    var training: [Launch]
    var evaluation: [Launch]
    /// The loop that measures the device.
    var peak: [Launch]
    /// Null unless they were asked for.
    var candidates: [Launch]?

    struct Launch: Encodable {
        var kernel: String
        var file: String
        var options: String
        var workGroups: Int
        var workItems: Int
        var flops: Int
        var bytes: Int

        init(_ launch: RecordedLaunch) {
            kernel = launch.kernel
            file = launch.file
            options = launch.options
            workGroups = launch.workGroups
            workItems = launch.workItems
            flops = launch.flops
            bytes = launch.bytes
        }
    }
}
