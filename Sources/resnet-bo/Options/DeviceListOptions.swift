import ArgumentParser
import Backend
import Backends
import Platform

/// The option that chooses several devices.
struct DeviceListOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Train trials on several OpenCL devices at once: their indices or parts of their names, as 0,1.",
            valueName: "device,device"),
        transform: names)
    var devices: [String] = []

    @Sendable private static func names(_ text: String) throws -> [String] {
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains("") else {
            throw ValidationError("it must be indices or names of devices, separated by commas")
        }
        return names
    }

    /// Throws if another option contradicts.
    func check(_ backend: BackendOptions, parallel: Int?) throws {
        guard !devices.isEmpty else { return }
        guard backend.device == nil else { throw ValidationError("--devices contradicts --device") }
        guard backend.request.choice != .cpu else {
            throw ValidationError("--devices names OpenCL devices; the CPU backend takes none")
        }
        if let parallel, parallel < devices.count {
            throw ValidationError(
                "--parallel \(parallel): --devices names \(devices.count) devices, and each needs a trial of its own")
        }
    }

    /// Creates the backends of the named devices and prints their names on standard error.
    ///
    /// - Throws: `BackendError`, also for a device that is named twice.
    func open(_ choice: BackendChoice) throws -> [any Backend] {
        let providers = BackendList.providers.filter {
            !$0.isHost && (choice == .auto || $0.name == choice.rawValue)
        }
        let list = DeviceList(asking: providers)
        let entries = try devices.map { try list.device($0, rate: .unknown) }
        for (position, entry) in entries.enumerated() {
            guard let first = entries[..<position].firstIndex(where: { $0.name == entry.name }) else { continue }
            throw Failure(
                "--devices: '\(devices[first])' and '\(devices[position])' are the same device, \(entry.name)")
        }
        return try entries.map { entry in
            let backend = try entry.make()
            let device = backend.device
            StandardError.write("Backend \(device.backend) on \(device.name) (\(device.driver))")
            return backend
        }
    }
}
