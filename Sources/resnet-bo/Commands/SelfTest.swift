import ArgumentParser
import Backend
import Backends
import Platform
import Reporting

/// `resnet-bo self-test` tests the devices of this machine.
struct SelfTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Test every operation on the devices of this machine; the result is a report to send.",
        discussion: "Without --backend and --device it tests every device. The exit code is 0 only if all passes.")

    @Option(help: "Test the devices of one backend; auto means those of all. (default: auto)")
    var backend: BackendChoice?

    @Option(
        help: "Test one OpenCL device, named by its index in 'resnet-bo devices' or by a part of its name.",
        transform: OptionValue.name)
    var device: String?

    @Option(help: "Test one operation only, named as in the report; can be repeated.", transform: Self.operation)
    var operation: [String] = []

    @Option(help: "Also write the report, as text, to a file.", transform: OptionValue.name)
    var report: String?

    @Flag(
        help: ArgumentHelp("Test the one device in this process, and write a line for each step.", visibility: .hidden))
    var oneDevice = false

    @OptionGroup var output: OutputOptions

    /// Transforms to the name of an operation.
    @Sendable private static func operation(_ text: String) throws -> String {
        guard SelfTestStep.operations.contains(text) else {
            throw ValidationError("it must be one of \(SelfTestStep.operations.joined(separator: ", "))")
        }
        return text
    }

    private var operations: [String] { operation.isEmpty ? SelfTestStep.operations : operation }

    private var request: BackendRequest { BackendRequest(backend ?? .auto, device: device) }

    func validate() throws {
        if request.choice == .cpu && device != nil {
            throw ValidationError("--device names an OpenCL device; the CPU backend takes none")
        }
    }

    func run() throws {
        if oneDevice { return try request.device().usableDevice().selfTest(of: operations) }
        let file = try report.map(OutputFile.init)
        let entries = try entries()
        let isWithoutDevice = request.choice != .cpu && !entries.contains { $0.index != nil }
        let report = SelfTestReport(
            operations: operations,
            notes: entries.filter(\.isWithoutDevice).compactMap { entry in
                entry.unusable.map { "\(entry.backend): \($0)" }
            }
                + (isWithoutDevice ? ["There is no device besides the CPU."] : []),
            devices: try test(entries.filter { !$0.isWithoutDevice }))
        try file?.write(report.text + "\n")
        try output.write(report, text: report.text)
        if let problem = report.problem { throw Failure(problem) }
    }

    /// The named device, or all devices of the backends; what can't be used has an entry too.
    ///
    /// - Throws: for a named device that can't be used, and for a named backend without a device.
    private func entries() throws(BackendError) -> [BackendEntry] {
        if device != nil {
            let named = try request.device()
            _ = try named.usableDevice()
            return [named]
        }
        if request.choice != .auto { _ = try request.device().usableDevice() }
        return DeviceList(
            asking: BackendList.providers.filter { request.choice == .auto || $0.name == request.choice.rawValue }
        ).entries
    }

    /// Tests the devices one after another, with progress on standard error.
    private func test(_ entries: [BackendEntry]) throws -> [DeviceResult] {
        let counts = try entries.map { entry in
            try entry.device.map { try SelfTestStep.steps(of: operations, for: $0.description).steps.count } ?? 0
        }
        let progress = ProgressReporter(total: counts.reduce(0, +), unit: nil)
        defer { progress.finish() }
        var done = 0
        return try zip(entries, counts).map { entry, count in
            let result = try SelfTestProcess.test(operations, on: entry) {
                progress.update(done: done + $0, phase: entry.name)
            }
            done += count
            progress.note("\(entry.name): \(result.problem ?? "passed in \(duration(result.seconds))")")
            return result
        }
    }
}

extension BackendEntry {
    /// Whether this is a driver that works and finds no device, which is usual.
    fileprivate var isWithoutDevice: Bool { unusable.map { $0.device == nil && $0.failure == nil } ?? false }
}
