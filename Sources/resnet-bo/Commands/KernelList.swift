import ArgumentParser
import Backend
import Backends
import Datasets
import JSON
import NeuralNetwork
import Platform

/// `resnet-bo kernels` lists the kernels of a training and an evaluation step, for `scripts/check-gpu-code`.
struct KernelList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "List, as JSON, the kernels of a training and an evaluation step with their sources and options.",
        shouldDisplay: false)

    @OptionGroup var options: StackOptions

    @Option("Steps before the listed ones; the first steps allocate buffers.", OptionValue.wholeNumber(0...1_000_000))
    var warmUp = 2

    @Flag(help: "Use SGD with momentum and weight decay.")
    var momentum = false

    @Flag(help: "Also list a step's launches with every candidate of the tuner, each kernel once per set of options.")
    var candidates = false

    @OptionGroup var backend: BackendOptions

    func run() throws {
        let images = try options.load()
        let opened = try backend.open()
        guard let recording = opened as? any KernelRecording else {
            throw ValidationError("the \(opened.device.backend) backend has no kernels; use --backend opencl")
        }
        try run(on: recording, images: images, network: options.network.read().plan(for: images.format))
    }

    private func run<B: KernelRecording>(on opened: B, images: LabelledImages, network: NetworkPlan) throws {
        let backend = try opened.makeUndivided(isProfiling: false)
        let step = StepSettings(learningRate: 0.01, momentum: momentum ? 0.9 : 0, weightDecay: momentum ? 1e-4 : 0)
        let bench = try StepBench(options, images: images, network: network, step: step, on: backend)
        for _ in 0..<warmUp { try bench.runStep(.training) }
        let training = try backend.recordedLaunches { try bench.runStep(.training) }
        let evaluation = try backend.recordedLaunches { try bench.runStep(.evaluation) }
        let peak = try backend.recordedLaunches { try backend.launchPeak() }
        try StandardOutput.write(
            JSON.encode(
                KernelReport(
                    sources: B.kernelPrograms, training: training, evaluation: evaluation,
                    peak: peak,
                    candidates: candidates
                        ? try candidateLaunches(of: backend, images: images, network: network) : nil)))
    }

    /// The kernels that a tuner's choices decide on, as the choices have them: each with its options once.
    private func candidateLaunches(
        of backend: any Backend, images: LabelledImages, network: NetworkPlan
    ) throws -> [RecordedLaunch] {
        var known: Set<[String]> = []
        var launches: [RecordedLaunch] = []
        try (backend as? any TunableBackend)?.forEachCandidate { candidate, kernels in
            let step = try trainingStep(options, images: images, network: network, on: candidate)
            for launch in try candidate.recordedLaunches(step)
            where kernels.contains(launch.kernel) && known.insert([launch.kernel, launch.options]).inserted {
                launches.append(launch)
            }
        }
        return launches
    }
}

/// The JSON of `kernels`.
private struct KernelReport: Encodable {
    /// Whole programs by the names of their files.
    var sources: [String: String]
    var training: [RecordedLaunch]
    var evaluation: [RecordedLaunch]
    /// The loop that measures the device.
    var peak: [RecordedLaunch]
    /// Null unless they were asked for.
    var candidates: [RecordedLaunch]?
}
