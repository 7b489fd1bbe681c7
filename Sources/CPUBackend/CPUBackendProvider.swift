package import Backend
internal import Platform

/// The CPU backend in the list of backends.
package struct CPUBackendProvider: BackendProvider {
    package let name = CPUBackend.name
    package let isHost = true

    package init() {}

    package func devices() -> [DeviceListing] {
        let device = CPUDevice()
        do throws(BackendError) {
            try Processor.require(Processor.needed, present: Processor.present)
            return [.usable(device)]
        } catch {
            let name = device.description.name
            return [.unusable(UnusableDevice(platform: "Swift SIMD", .deviceFails(name: name, error)))]
        }
    }
}

/// The processor, with one thread on each core that the process may use.
private struct CPUDevice: BackendDevice {
    let description = CPUBackend.describe(threads: Machine.current.cores)

    func make(threads: Int?) throws(BackendError) -> any Backend { try CPUBackend(threads: threads) }
}

extension CPUBackend: PeakMeasuring {
    package func measurePeakGflops() -> Double { Self.measurePeakGflops(threads: device.computeUnits) }
}
