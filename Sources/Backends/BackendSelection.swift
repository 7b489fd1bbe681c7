package import Backend
import CPUBackend
import OpenCLBackend

/// The backend of a run, and a note about its choice.
///
/// Only this module names concrete backends. A command opens the existential once
/// (`func train(on backend: some Backend)`), so the type system keeps the storages of two backends apart.
package struct BackendSelection {
    package let backend: any Backend
    /// A line for the user if `auto` failed to open a GPU.
    package let note: String?

    /// Chooses and opens a backend.
    ///
    /// An explicit request that can't be satisfied is an error. Only `auto` falls back to the CPU, if there is no GPU or if
    /// opening it fails. A request for the CPU calls no OpenCL function.
    package init(_ request: BackendRequest) throws(BackendError) {
        let choice: BackendChoice = request.choice == .auto && request.device != nil ? .opencl : request.choice
        var gpu: OpenCLBackend?
        var note: String?
        do throws(BackendError) {
            switch choice {
            case .cpu: break
            case .opencl: gpu = try OpenCLBackend(device: openCLDevice(request))
            case .auto:
                let devices = try OpenCLDevices.all()
                if let index = DeviceChoice.automatic(devices.map(\.description)) {
                    gpu = try OpenCLBackend(device: devices[index])
                }
            }
        } catch {
            guard choice == .auto else { throw error }
            note = "using the CPU, because setting up the GPU failed: \(error)"
        }
        backend = if let gpu { gpu } else { try CPUBackend(threads: request.threads) }
        self.note = note
    }
}
