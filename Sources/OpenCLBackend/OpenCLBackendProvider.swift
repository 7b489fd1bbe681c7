package import Backend

/// The OpenCL backend in the list of backends.
package struct OpenCLBackendProvider: BackendProvider {
    package let name = OpenCLBackend.name
    package let title = "OpenCL"

    package init() {}

    package func devices() -> [DeviceListing] { OpenCLDevices.list() }
}

extension OpenCLDevice: BackendDevice {
    package func make(threads: Int?) throws(BackendError) -> any Backend { try OpenCLBackend(device: self) }
}
