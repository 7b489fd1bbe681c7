import ArgumentParser
import Backend
import Backends
import Platform

/// `resnet-bo devices` lists the backends and devices.
struct Devices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the backends and devices of this machine; an asterisk marks what 'auto' takes.")

    @Flag(help: "Print the details of each OpenCL device for a bug report, and whether the kernels build on it.")
    var verbose = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let list = DeviceList()
        let automatic = list.automatic
        let reports = list.entries.enumerated().map { position, entry in
            Report(
                entry: entry, isAutomatic: position == automatic,
                details: verbose ? (entry.device as? any DetailedDevice)?.details() : nil)
        }
        try output.write(reports, text: reports.map(\.text).joined(separator: "\n"))
    }
}

/// The report of `devices` about one device, or about a platform without one.
private struct Report: Encodable {
    /// The members beside those of the device.
    private enum CodingKeys: CodingKey {
        case unusable, index, auto, limits, details
        // Of what can't be used, and so has no description.
        case backend, platform, name
    }

    var entry: BackendEntry
    var isAutomatic: Bool
    /// The details of `--verbose`; `nil` without it, and for a device without details.
    var details: [DeviceDetail]?

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
        try container.encode(isAutomatic, forKey: .auto)
        try container.encodeIfPresent(limits, forKey: .limits)
        try container.encodeIfPresent(
            details.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.label, $0.text) }) }, forKey: .details)
    }

    /// The report as text.
    var text: String {
        (["\(isAutomatic ? "*" : " ") \(entry.name)"]
            + (lines + (limits ?? []) + (details ?? []).map { "\($0.label): \($0.text)" }).map { "    \($0)" })
            .joined(separator: "\n")
    }

    private var lines: [String] {
        if let unusable = entry.unusable {
            return (unusable.device == nil ? [] : [unusable.platform]) + ["not usable: \(unusable)"]
        }
        return entry.device?.description.lines ?? []
    }
}
