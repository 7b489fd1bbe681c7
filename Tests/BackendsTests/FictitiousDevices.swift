import Backend
import Backends
import ReferenceBackend

/// A backend of this machine that exists in tests only.
struct FictitiousProvider: BackendProvider {
    var name: String
    var isHost = false
    var listings: [DeviceListing] = []

    func devices() -> [DeviceListing] { listings }
}

/// A device that fails to open, or that the reference stands in for: in single precision for a GPU.
struct FictitiousDevice: BackendDevice {
    let description: DeviceDescription
    /// The error of opening the device; nil if it opens.
    var failure: BackendError?

    init(
        _ name: String, _ kind: DeviceDescription.Kind = .gpu, units: Int = 10, megahertz: Int = 1000,
        failure: BackendError? = nil
    ) {
        description = DeviceDescription(
            backend: "test", name: name, vendor: "vendor", driver: "driver 1", kind: kind, computeUnits: units,
            clockMegahertz: megahertz, memoryBytes: 1 << 30)
        self.failure = failure
    }

    func make(threads: Int?) throws(BackendError) -> any Backend {
        if let failure { throw failure }
        return ReferenceBackend(description.kind == .gpu ? .single : .double)
    }
}

extension DeviceListing {
    static func device(
        _ name: String, _ kind: DeviceDescription.Kind = .gpu, units: Int = 10, megahertz: Int = 1000,
        failure: BackendError? = nil
    ) -> DeviceListing {
        .usable(FictitiousDevice(name, kind, units: units, megahertz: megahertz, failure: failure))
    }

    /// A device that fails where it is listed.
    static func broken(_ name: String) -> DeviceListing {
        .unusable(UnusableDevice(platform: "platform", .deviceFails(name: name, failure("of \(name)"))))
    }

    static let brokenPlatform = DeviceListing.unusable(
        UnusableDevice(platform: "platform", .platformFails(failure("list"))))
    static let empty = DeviceListing.unusable(UnusableDevice(platform: "Empty", .noDevice(lacks: "it needs a GPU")))

    private static func failure(_ operation: String) -> BackendError {
        .deviceFailure(device: "driver", operation: "question \(operation)", detail: "CODE")
    }
}
