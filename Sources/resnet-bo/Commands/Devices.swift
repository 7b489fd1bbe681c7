import ArgumentParser
import Backend
import Backends
import JSON
import Platform
import Studies

/// `resnet-bo devices`: what there is to run on.
struct Devices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the backends and devices of this machine; an asterisk marks what 'auto' takes.")

    @Flag(help: "Tell what a bug report needs of each OpenCL device, and whether the kernels build on it.")
    var verbose = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let entries = try BackendList.everyBackend()
        let details = verbose ? try openCLDetails() : []
        if output.json {
            try Console.print(
                JSON.encode(
                    entries.map { entry in Report(entry, details: entry.index.flatMap { verbose ? details[$0] : nil }) }
                ))
            return
        }
        for entry in entries {
            let device = entry.device
            let clock = device.clockMegahertz > 0 ? ", \(device.clockMegahertz) MHz" : ""
            try Console.print(
                """
                \(entry.isAutomatic ? "*" : " ") \(entry.name)
                    \(device.kind.rawValue), \(device.vendor), \(device.driver)
                    \(device.computeUnits) compute units\(clock), \(device.memoryBytes >> 20) MiB of memory
                """)
            for limit in Report(entry, details: nil).limits ?? [] { try Console.print("    \(limit)") }
            guard verbose, let index = entry.index else { continue }
            for detail in details[index] { try Console.print("    \(detail.label): \(detail.text)") }
        }
    }

    /// Why the CPU backend does not use all of the machine, in words.
    fileprivate static func limits(on machine: Machine) -> [String] {
        var limits: [String] = []
        let (online, affinity, cores) = (machine.onlineCores, machine.affinityCores, machine.cores)
        if affinity < online { limits.append("\(affinity) of \(online) cores: the affinity mask allows no more") }
        if cores < affinity, let quota = machine.quotaCores {
            limits.append("\(cores) of \(affinity) cores: the control group's quota is worth \(quota)")
        }
        if let limit = machine.memoryLimitBytes {
            limits.append(
                "\(limit >> 20) of \(machine.memoryBytes >> 20) MiB of memory: the control group's limit")
        }
        return limits
    }
}

/// One element of the JSON of `devices`.
private struct Report: Encodable {
    var backend: String
    /// What `--device` takes; null for the CPU backend.
    var index: Int?
    var name: String
    var vendor: String
    var driver: String
    var kind: String
    var computeUnits: Int
    var clockMegahertz: Int
    var memoryBytes: Int
    var auto: Bool
    /// Why the CPU backend does not use all of the machine; null for OpenCL devices.
    var limits: [String]?
    /// What `--verbose` adds, by its label.
    var details: [String: String]?

    init(_ entry: BackendEntry, details: [(label: String, text: String)]?) {
        self.details = details.map { Dictionary(uniqueKeysWithValues: $0.map { ($0.label, $0.text) }) }
        let device = entry.device
        backend = device.backend
        index = entry.index
        name = device.name
        vendor = device.vendor
        driver = device.driver
        kind = device.kind.rawValue
        computeUnits = device.computeUnits
        clockMegahertz = device.clockMegahertz
        memoryBytes = device.memoryBytes
        auto = entry.isAutomatic
        limits = entry.index == nil ? Devices.limits(on: .current) : nil
    }
}
