import ArgumentParser
import Backend
import Backends
import Studies

/// `resnet-bo devices`: what there is to run on.
struct Devices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the backends and devices of this machine; an asterisk marks what 'auto' takes.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let entries = try BackendList.everyBackend()
        if output.json {
            try Console.print(JSON.encode(entries.map(Report.init)))
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

    init(_ entry: BackendEntry) {
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
