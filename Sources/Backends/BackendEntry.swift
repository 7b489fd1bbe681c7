package import Backend

/// An entry of a ``DeviceList``: a backend on a device, or what is wrong with a device or a driver.
package struct BackendEntry: Sendable, CustomStringConvertible {
    /// The name of the backend.
    package let backend: String
    /// The device's index for `--device`, from 0 in each backend; nil for the processor and for a platform without a device.
    ///
    /// A device that can't be used has an index too, so that it does not change those of the others.
    package let index: Int?
    /// Whether the backend runs on the processor that runs the program.
    package let isHost: Bool
    package let listing: DeviceListing

    /// The device; nil if it can't be used.
    package var device: (any BackendDevice)? {
        if case .usable(let device) = listing { device } else { nil }
    }

    /// Whether this is a GPU that can be used.
    var isUsableGPU: Bool { !isHost && device?.description.kind == .gpu }

    /// What is wrong; nil for a device that can be used.
    package var unusable: UnusableDevice? {
        if case .unusable(let unusable) = listing { unusable } else { nil }
    }

    /// The name of the device; nil for a platform without one.
    package var deviceName: String? { device?.description.name ?? unusable?.device }

    /// The name in lists and test cases.
    package var name: String {
        guard let index else { return unusable.map { "\(backend): \($0.device ?? $0.platform)" } ?? backend }
        return "\(backend) \(index): \(deviceName ?? "")"
    }
    package var description: String { name }

    /// Opens the backend.
    ///
    /// - Parameter threads: see `BackendDevice`.
    package func make(threads: Int? = nil) throws(BackendError) -> any Backend {
        try usableDevice().make(threads: threads)
    }

    /// The device.
    ///
    /// - Throws: for a device that can't be used, the reason.
    package func usableDevice() throws(BackendError) -> any BackendDevice {
        switch listing {
        case .usable(let device): return device
        case .unusable(let unusable):
            // A provider's own word for it needs no other.
            if let failure = unusable.failure, case .unavailable = failure { throw failure }
            throw .unavailable(backend: backend, reason: "\(unusable)")
        }
    }
}
