/// A backend as the list of backends knows it, before one of its devices is opened.
package protocol BackendProvider: Sendable {
    /// The name as `--backend` takes it: `cpu`, `opencl`.
    var name: String { get }

    /// The name in sentences: "OpenCL"; otherwise ``name``.
    var title: String { get }

    /// Whether the backend runs on the processor that runs the program.
    ///
    /// Such a backend needs no driver. `auto` takes the first of them where there is no GPU, and `--device` does not choose
    /// among their devices. It is false unless a provider says otherwise.
    var isHost: Bool { get }

    /// The devices and what is wrong with the others, in the order of the drivers.
    ///
    /// A call asks each driver once, opens nothing and starts no thread. What fails is an entry of the list, so that it hides
    /// no other device.
    func devices() -> [DeviceListing]
}

extension BackendProvider {
    package var title: String { name }
    package var isHost: Bool { false }
}

/// A device that a backend can be opened on.
///
/// A device may also conform to the optional protocols ``TunableDevice``, ``DetailedDevice`` and ``BuildReporting``.
package protocol BackendDevice: Sendable {
    /// The properties, as the driver gave them when the devices were listed.
    var description: DeviceDescription { get }

    /// Opens the backend on this device; asks the driver for no list.
    ///
    /// - Parameter threads: the threads of a backend that runs on the processor, nil for one on each core; others ignore it.
    /// - Throws: `BackendError.unavailable(backend:reason:)` if the device does not work.
    func make(threads: Int?) throws(BackendError) -> any Backend
}

/// An entry of a provider's list.
package enum DeviceListing: Sendable {
    case usable(any BackendDevice)
    case unusable(UnusableDevice)
}

/// A device, or a driver's whole platform, that is present and can't be used.
package struct UnusableDevice: Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: Sendable, Equatable {
        /// A device of this name fails where its driver is asked about it.
        case deviceFails(name: String, BackendError)
        /// A device of this name works, and lacks what the backend needs.
        ///
        /// - Parameter lacks: what it lacks, as a sentence without its end: "it has ..., and the kernels need ...".
        case deviceLacks(name: String, lacks: String)
        /// The platform fails before it names a device.
        case platformFails(BackendError)
        /// The platform works and has no device.
        ///
        /// - Parameter lacks: what the driver may lack, as a sentence without its end: "it needs ...".
        case noDevice(lacks: String)
    }

    /// The platform's name: the driver's name for itself.
    package var platform: String
    package var reason: Reason

    package init(platform: String, _ reason: Reason) {
        self.platform = platform
        self.reason = reason
    }

    /// The name of the device; nil for a platform.
    package var device: String? {
        switch reason {
        case .deviceFails(let name, _), .deviceLacks(let name, _): name
        case .platformFails, .noDevice: nil
        }
    }

    /// The driver's failure; nil for a device or a platform that works and can't be used all the same.
    package var failure: BackendError? {
        switch reason {
        case .deviceFails(_, let error), .platformFails(let error): error
        case .deviceLacks, .noDevice: nil
        }
    }

    /// The reason as a sentence without its end.
    package var description: String {
        switch reason {
        case .deviceFails(_, let error), .platformFails(let error): "\(error)"
        case .deviceLacks(let name, let lacks): "\(name) does not suffice: \(lacks)"
        case .noDevice(let lacks): "the platform \(platform) has no device; \(lacks)"
        }
    }
}
