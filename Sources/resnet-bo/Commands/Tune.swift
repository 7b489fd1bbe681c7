import ArgumentParser
import Backend
import Backends
import Datasets
import Foundation
import JSON
import Studies

/// `resnet-bo tune`: the fastest tiles of the OpenCL kernels on a device.
struct Tune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the OpenCL kernels with different tiles; later runs on the device use the fastest.",
        discussion: "Tiles change how fast a kernel is and no bit of a result.")

    @Option(
        help: "An OpenCL device, by its index in 'resnet-bo devices' or by a part of its name.",
        transform: OptionValue.name)
    var device: String?

    @Option(
        parsing: .unconditional, help: "Models of the stack that is trained. (default: 5)",
        transform: OptionValue.wholeNumber(1...10_000))
    var stack = 5

    @Option(
        parsing: .unconditional, help: "Images of a gradient step. (default: 64)",
        transform: OptionValue.wholeNumber(2...100_000))
    var batchSize = 64

    @OptionGroup var data: DataOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let images = try data.load(.training)
        guard batchSize <= images.count else {
            throw ValidationError("--batch-size \(batchSize): there are \(images.count) training images")
        }
        var report = TuneReport(measurements: [])
        let tuned = try tuneKernels(BackendRequest(.opencl, device: device)) { backend in
            try trainingStep(stack: stack, batchSize: batchSize, images: images, on: backend)
        } progress: { progress in
            report.measurements.append(
                TuneReport.Measurement(
                    kernels: progress.kernels,
                    milliseconds: progress.milliseconds.isFinite ? progress.milliseconds : nil,
                    isBest: progress.isBest))
            let time =
                progress.milliseconds.isFinite
                ? String(format: "%9.4f ms", progress.milliseconds) : "does not run"
            Console.note(
                "\(progress.number)/\(progress.count) \(time)\(progress.isBest ? " *" : "  ") "
                    + progress.kernels.joined(separator: ", "))
        }
        report.device = tuned.name
        report.driver = tuned.driver
        try output.json
            ? Console.print(JSON.encode(report))
            : Console.print("Later runs on \(tuned.name) use the tiles marked with an asterisk last")
    }
}

/// The JSON of `tune`.
private struct TuneReport: Encodable {
    var device = ""
    var driver = ""
    var measurements: [Measurement]

    struct Measurement: Encodable {
        var kernels: [String]
        /// Of one training step; null where the device can't run the kernels with these tiles.
        var milliseconds: Double?
        /// Whether nothing before was faster.
        var isBest: Bool
    }
}
