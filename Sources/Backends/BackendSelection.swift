package import Backend
import CPUBackend
import OpenCLBackend

/// The backend that a run uses, and what there is to say about how it was chosen.
///
/// This is the only module that names a backend. The choice is opened once, at the top of a command
/// (`func train(on backend: some Backend)`), so that storages of two backends can't mix.
package struct BackendSelection {
    package let backend: any Backend
    /// One line for a person, where `auto` could not have what it wanted.
    package let note: String?

    /// Chooses and sets up a backend.
    ///
    /// An explicit request that can't be met is an error; only `auto` goes on to the CPU, and only where the set-up of
    /// a GPU failed. A request for the CPU makes no OpenCL call.
    package init(_ request: BackendRequest) throws(BackendError) {
        let choice: BackendChoice = request.choice == .auto && request.device != nil ? .opencl : request.choice
        switch choice {
        case .cpu:
            self.init(backend: try CPUBackend(threads: request.threads), note: nil)
        case .opencl:
            self.init(backend: try OpenCLBackend(device: openCLDevice(request)), note: nil)
        case .auto:
            do throws(BackendError) {
                let devices = try OpenCLDevices.all()
                if let index = DeviceChoice.automatic(devices.map(\.description)) {
                    self.init(backend: try OpenCLBackend(device: devices[index]), note: nil)
                    return
                }
                self.init(backend: try CPUBackend(threads: request.threads), note: nil)
            } catch {
                self.init(
                    backend: try CPUBackend(threads: request.threads),
                    note: "using the CPU, because setting up the GPU failed: \(error)")
            }
        }
    }

    private init(backend: any Backend, note: String?) {
        self.backend = backend
        self.note = note
    }
}
