import ArgumentParser
import Backend
import Backends
import NeuralNetwork
import Platform

/// `resnet-bo devices` lists the backends and devices.
struct Devices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the backends and devices of this machine; an asterisk marks what 'auto' takes.")

    @Flag(help: "Print the details of each OpenCL device for a bug report, and whether the kernels build on it.")
    var verbose = false

    @Flag(help: "Build the programs of a training and an evaluation step from source; print the compilers' own words.")
    var buildLog = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let list = DeviceList()
        let automatic = AutomaticDevice(of: list, rate: .measured)
        let reports = list.entries.enumerated().map { position, entry in
            Report(
                entry: entry, reason: position == automatic.position ? automatic.reason : nil,
                imagesPerSecond: automatic.rates[position], measurementFailure: automatic.failures[position],
                details: verbose ? (entry.device as? any DetailedDevice)?.details() : nil,
                builds: buildLog ? (entry.device as? any BuildReporting).map(Builds.init(of:)) : nil)
        }
        try output.write(reports, text: reports.map(\.text).joined(separator: "\n"))
    }
}

/// The report of `devices` about one device, or about a platform without one.
private struct Report: Encodable {
    /// The members beside those of the device.
    private enum CodingKeys: CodingKey {
        case unusable, index, auto, reason, imagesPerSecond, measurementFailure, limits, details, buildLog, buildFailure
        // Of what can't be used, and so has no description.
        case backend, platform, name
    }

    var entry: BackendEntry
    /// Why `auto` takes the device; `nil` for the others.
    var reason: String?
    /// The training images per second, of a device that was measured for the choice.
    var imagesPerSecond: Double?
    /// What kept the device from being measured for the choice.
    var measurementFailure: String?
    /// The details of `--verbose`; `nil` without it, and for a device without details.
    var details: [DeviceDetail]?

    /// The compiler's words of `--build-log`; `nil` without it, and for a device without a compiler.
    var builds: Builds?

    /// The limits of the CPU backend; `nil` for OpenCL devices.
    private var limits: [String]? {
        guard entry.index == nil, entry.device != nil else { return nil }
        let machine = Machine.current
        let (online, affinity, cores) = (machine.onlineCores, machine.affinityCores, machine.cores)
        var limits: [String] = []
        if affinity < online { limits.append("\(affinity) of \(online) cores: limit of the affinity mask") }
        if cores < affinity, let quota = machine.quotaCores {
            limits.append("\(cores) of \(affinity) cores: the control group's quota is worth \(quota)")
        }
        if let limit = machine.memoryLimitBytes {
            limits.append("\(limit >> 20) of \(machine.memoryBytes >> 20) MiB of memory: the control group's limit")
        }
        return limits
    }

    func encode(to encoder: any Encoder) throws {
        try entry.device?.description.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        if let unusable = entry.unusable {
            try container.encode(entry.backend, forKey: .backend)
            try container.encode(unusable.platform, forKey: .platform)
            try container.encodeIfPresent(unusable.device, forKey: .name)
        }
        try container.encodeIfPresent(entry.unusable.map { "\($0)" }, forKey: .unusable)
        try container.encodeIfPresent(entry.index, forKey: .index)
        try container.encode(reason != nil, forKey: .auto)
        try container.encodeIfPresent(reason, forKey: .reason)
        try container.encodeIfPresent(imagesPerSecond, forKey: .imagesPerSecond)
        try container.encodeIfPresent(measurementFailure, forKey: .measurementFailure)
        try container.encodeIfPresent(limits, forKey: .limits)
        try container.encodeIfPresent(
            details.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.label, $0.text) }) }, forKey: .details)
        try container.encodeIfPresent(builds?.reports, forKey: .buildLog)
        try container.encodeIfPresent(builds?.failure, forKey: .buildFailure)
    }

    /// The report as text.
    var text: String {
        (["\(reason == nil ? " " : "*") \(entry.name)"]
            + (lines + choice + (limits ?? []) + (details ?? []).map { "\($0.label): \($0.text)" }
            + (builds?.lines ?? [])).map { "    \($0)" })
            .joined(separator: "\n")
    }

    private var lines: [String] {
        if let unusable = entry.unusable {
            return (unusable.device == nil ? [] : [unusable.platform]) + ["not usable: \(unusable)"]
        }
        return entry.device?.description.lines ?? []
    }

    /// What the choice of `auto` says about the device.
    private var choice: [String] {
        [
            imagesPerSecond.map { "measured: \(Int($0.rounded())) \(TrainingRate.unit)" },
            measurementFailure.map { "not measured: \($0)" },
            reason.map { "auto takes it: \($0)" },
        ].compactMap { $0 }
    }
}

/// The programs that were built on a device, or what kept them from it.
private struct Builds {
    private(set) var reports: [BuildReport]?
    private(set) var failure: String?

    init(of device: any BuildReporting) {
        do {
            reports = try device.buildReports { try Self.step(on: $0) }
        } catch {
            failure = "\(error)"
        }
    }

    private static func step(on backend: some Backend) throws {
        let bench = try StepBench.onNoise(models: 5, batchSize: 64, on: backend)
        try bench.runStep(.training)
        try bench.runStep(.evaluation)
        try backend.synchronize()
    }

    /// The text, a program after another.
    var lines: [String] {
        let programs = (reports ?? []).flatMap { report in
            let words = report.log.split(separator: "\n").map { "    \($0)" }
            return ["built \(report.file) with \(report.options)"] + (words.isEmpty ? ["    without a word"] : words)
        }
        return programs + (failure.map { ["not built: \($0)"] } ?? [])
    }
}
