import ArgumentParser
import Backend
import Backends
import JSON
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
            guard verbose, let index = entry.index else { continue }
            for detail in details[index] { try Console.print("    \(detail.label): \(detail.text)") }
        }
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
    }
}
