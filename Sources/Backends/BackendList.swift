package import Backend
import CPUBackend
import OpenCLBackend

/// A backend on a device, which can be opened.
package struct BackendEntry: Sendable, CustomStringConvertible {
    /// The name of the backend and the properties of the device.
    package let device: DeviceDescription
    /// The device's index for `--device`; nil for the CPU backend.
    package let index: Int?
    /// Whether `--backend auto` chooses this entry.
    package let isAutomatic: Bool

    /// The name in test cases.
    package var name: String { index.map { "opencl \($0): \(device.name)" } ?? "cpu" }
    package var description: String { name }

    /// Opens the backend.
    package func make() throws(BackendError) -> any Backend {
        try BackendSelection(
            BackendRequest(index == nil ? .cpu : .opencl, device: index.map(String.init))
        ).backend
    }
}

/// All backends on all devices of this machine.
package enum BackendList {
    /// The CPU backend, followed by all OpenCL devices in the order of their indices.
    ///
    /// - Parameter includeOpenCL: if false, no OpenCL function is called.
    package static func everyBackend(includeOpenCL: Bool = true) throws(BackendError) -> [BackendEntry] {
        let devices = includeOpenCL ? try OpenCLDevices.all().map(\.description) : []
        let automatic = DeviceChoice.automatic(devices)
        let cpu = BackendEntry(device: try CPUBackend(threads: nil).device, index: nil, isAutomatic: automatic == nil)
        return [cpu]
            + devices.enumerated().map { BackendEntry(device: $1, index: $0, isAutomatic: $0 == automatic) }
    }
}

/// The peak fp32 rate in GFLOP/s of the cores or the device of a backend, measured with a short loop of fused multiply-adds;
/// nil if the backend has no such loop.
package func peakGflops(of backend: any Backend) throws -> Double? {
    switch backend {
    case let cpu as CPUBackend: CPUBackend.measurePeakGflops(threads: cpu.device.computeUnits)
    case let opencl as OpenCLBackend: try opencl.measurePeakGflops()
    default: nil
    }
}
