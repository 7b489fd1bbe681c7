package import Backend
import CPUBackend
import OpenCLBackend

/// One backend on one device, ready to be made.
package struct BackendEntry: Sendable, CustomStringConvertible {
    /// The backend and the device.
    package let device: DeviceDescription
    /// What `--device` takes for it; nil for the CPU backend.
    package let index: Int?
    /// Whether `--backend auto` takes it.
    package let isAutomatic: Bool

    /// The name a test case goes by.
    package var name: String { index.map { "opencl \($0): \(device.name)" } ?? "cpu" }
    package var description: String { name }

    /// Sets the backend up.
    package func make() throws(BackendError) -> any Backend {
        try BackendSelection(
            BackendRequest(index == nil ? .cpu : .opencl, device: index.map(String.init))
        ).backend
    }
}

/// Every backend on every device of this machine.
package enum BackendList {
    /// The CPU backend, then all OpenCL devices in the order of their indices.
    /// - Parameter includeOpenCL: false makes no OpenCL call.
    package static func everyBackend(includeOpenCL: Bool = true) throws(BackendError) -> [BackendEntry] {
        let devices = includeOpenCL ? try OpenCLDevices.all().map(\.description) : []
        let automatic = DeviceChoice.automatic(devices)
        var entries = [
            BackendEntry(device: try CPUBackend(threads: nil).device, index: nil, isAutomatic: automatic == nil)
        ]
        for (index, device) in devices.enumerated() {
            entries.append(BackendEntry(device: device, index: index, isAutomatic: index == automatic))
        }
        return entries
    }
}

/// The highest fp32 rate in GFLOP/s that a short loop of fused multiply-adds reaches on the cores or the device that a
/// backend uses; nil where the backend has no such loop.
package func peakGflops(of backend: any Backend) throws -> Double? {
    switch backend {
    case let cpu as CPUBackend: CPUBackend.measurePeakGflops(threads: cpu.device.computeUnits)
    case let opencl as OpenCLBackend: try opencl.measurePeakGflops()
    default: nil
    }
}
