import ArgumentParser
import Backend
import Backends
import Platform
import Studies

extension BackendChoice: ExpressibleByArgument {}

/// The options that choose the backend and the device.
struct BackendOptions: ParsableArguments {
    @Option(
        help: "auto takes an OpenCL GPU if there is one that is fast enough, otherwise the CPU backend. (default: auto)"
    )
    var backend: BackendChoice?

    @Flag(help: "Force the CPU backend; makes no OpenCL call. The same as --backend cpu.")
    var cpu = false

    @Option(
        help: "An OpenCL device, by its index in 'resnet-bo devices' or by a part of its name.",
        transform: OptionValue.name)
    var device: String?

    @Option("Threads of the CPU backend (default: one for each core it may use).", OptionValue.wholeNumber(1...1024))
    var threads: Int?

    /// The request for the list of backends.
    var request: BackendRequest {
        BackendRequest(cpu ? .cpu : backend ?? .auto, device: device, threads: threads)
    }

    func validate() throws {
        if cpu, let backend, backend != .cpu, backend != .auto {
            throw ValidationError("--cpu contradicts --backend \(backend.rawValue)")
        }
        if request.choice == .cpu && device != nil {
            throw ValidationError("--device names an OpenCL device; the CPU backend takes none")
        }
    }

    /// A recorded device as `--device` names it: by the index of the first of its name, because a machine may have several.
    private static func device(_ name: String, of choice: BackendChoice) -> String {
        let list = DeviceList(asking: BackendList.providers.filter { $0.name == choice.rawValue })
        return list.devices.first { $0.deviceName == name }?.index.map(String.init) ?? name
    }

    /// Creates the backend and prints its name on standard error.
    ///
    /// - Parameter recorded: The backend and device of an interrupted study, which are used unless a flag names others.
    func open(like recorded: TrialRecord.Origin? = nil) throws -> any Backend {
        var request = request
        if let recorded, backend == nil, !cpu, device == nil, let choice = BackendChoice(rawValue: recorded.backend) {
            request = BackendRequest(
                choice, device: choice == .cpu ? nil : Self.device(recorded.device, of: choice), threads: threads)
        }
        let selection = try BackendSelection(request, rate: .measured)
        if let note = selection.note { StandardError.write(note) }
        let device = selection.backend.device
        let cores = Machine.current.cores
        if let threads, threads > cores, device.backend == "cpu" {
            StandardError.write(
                "--threads \(threads): this process may use \(cores) core\(cores == 1 ? "" : "s"); more threads wait for "
                    + "each other")
        }
        StandardError.write("Backend \(device.backend) on \(device.name) (\(device.driver))")
        return selection.backend
    }
}
