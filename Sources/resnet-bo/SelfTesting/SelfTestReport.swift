import Backend
import Backends
import Platform

/// The report of a self-test: what a person pastes into a bug report.
struct SelfTestReport: Encodable {
    private enum CodingKeys: CodingKey {
        case version, system, processor, devices, notes, passed
    }

    let version = Version.current
    let system = OperatingSystem.description
    /// The processor with the vectors that the CPU backend is built for; `null` if it can't be used.
    let processor = DeviceList(asking: BackendList.providers.filter(\.isHost)).entries.lazy
        .compactMap { $0.device?.description }.first.map { "\($0.name), \($0.driver)" }
    /// The operations that were tested.
    let operations: [String]
    /// What else is to be known: drivers without a device, and that there is no device besides the CPU.
    let notes: [String]
    /// What was tested, or could not be.
    let devices: [DeviceResult]

    var passed: Bool { devices.allSatisfy(\.isPassing) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(version, forKey: .version)
        try container.encode(system, forKey: .system)
        try container.encode(processor, forKey: .processor)
        try container.encode(devices, forKey: .devices)
        try container.encode(notes, forKey: .notes)
        try container.encode(passed, forKey: .passed)
    }

    /// What failed, in a line; nil if nothing did.
    var problem: String? {
        let problems = devices.compactMap { device in device.problem.map { "\(device.entry.name): \($0)" } }
        return problems.isEmpty ? nil : "the self-test failed on \(problems.joined(separator: "; "))"
    }

    /// The report as text.
    var text: String {
        var lines = [
            "resnet-bo \(version), self-test", "system: \(system)", "processor: \(processor ?? "not usable")", "",
        ]
        for device in devices { lines += device.lines + [""] }
        lines += notes
        let names = devices.filter { $0.isPassing == passed }.map(\.entry.name).joined(separator: ", ")
        let only = operations == SelfTestStep.operations ? "" : ", of \(operations.joined(separator: ", ")) alone"
        lines.append("Verdict\(only): \(passed ? "passed" : "failed") on \(names)")
        return lines.joined(separator: "\n")
    }
}
