import ArgumentParser
import Backend
import Backends
import Datasets
import Platform

/// `resnet-bo tune` finds the fastest tiles of the OpenCL kernels on a device.
struct Tune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the OpenCL kernels with different tiles; later runs on the device use the fastest.",
        discussion: "Tiles change the speed of a kernel, but no bit of a result.")

    @Option(
        help: "An OpenCL device, by its index in 'resnet-bo devices' or by a part of its name.",
        transform: OptionValue.name)
    var device: String?

    @OptionGroup var options: StackOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let named = try BackendRequest(.opencl, device: device).device(rate: .measured).usableDevice()
        guard let tuned = named as? any TunableDevice else {
            throw Failure("the kernels of \(named.description.name) have no tiles to choose")
        }
        let images = try options.load()
        let network = try options.network.read().plan(for: images.format)
        var measurements: [TuningProgress] = []
        try tuned.tune { backend in
            try trainingStep(options, images: images, network: network, on: backend)
        } progress: { progress in
            measurements.append(progress)
            let time = progress.milliseconds.isFinite ? progress.milliseconds.printed("%9.4f ms") : "does not run"
            StandardError.write(
                "\(progress.number)/\(progress.count) \(time)\(progress.isChosen ? " *" : "  ") "
                    + progress.kernels.joined(separator: ", "))
        }
        try output.write(
            TuneReport(
                device: tuned.description.name, driver: tuned.description.driver, measurements: measurements),
            text: "Later runs on \(tuned.description.name) use the tiles marked with an asterisk")
    }
}

/// The JSON of `tune`.
private struct TuneReport: Encodable {
    var device: String
    var driver: String
    var measurements: [TuningProgress]
}
