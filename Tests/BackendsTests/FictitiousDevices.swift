import Backend
import Backends
import OpenCLBackend
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
        ownMemory: Bool = true, driver: String = "1", failure: BackendError? = nil
    ) {
        description = DeviceDescription(
            backend: "test", name: name, vendor: "vendor", driver: "driver \(driver)", kind: kind, computeUnits: units,
            clockMegahertz: megahertz, memoryBytes: 1 << 30, hasOwnMemory: ownMemory)
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
        ownMemory: Bool = true, driver: String = "1", failure: BackendError? = nil
    ) -> DeviceListing {
        .usable(
            FictitiousDevice(
                name, kind, units: units, megahertz: megahertz, ownMemory: ownMemory, driver: driver, failure: failure))
    }

    /// A GPU that shares the processor's memory.
    static func integrated(_ name: String, failure: BackendError? = nil) -> DeviceListing {
        .device(name, ownMemory: false, failure: failure)
    }

    /// A device that fails where it is listed.
    static func broken(_ name: String) -> DeviceListing {
        .unusable(UnusableDevice(platform: "platform", .deviceFails(name: name, failure("of \(name)"))))
    }

    static let brokenPlatform = DeviceListing.unusable(
        UnusableDevice(platform: "platform", .platformFails(failure("list"))))
    static let empty = DeviceListing.unusable(UnusableDevice(platform: "Empty", .noDevice(lacks: "it needs a GPU")))

    /// A device of an old version.
    static func old(_ name: String) -> DeviceListing {
        .unusable(UnusableDevice(platform: "platform", .deviceLacks(name: name, lacks: "it has OpenCL 1.1")))
    }

    private static func failure(_ operation: String) -> BackendError {
        .deviceFailure(device: "driver", operation: "question \(operation)", detail: "CODE")
    }
}

/// Figures in place of measurements, and the names of the devices that were measured, in their order.
final class FictitiousRates {
    private(set) var measured: [String] = []

    /// - Parameter figures: the images per second of the devices by their names; a device without one fails.
    func rate(_ figures: [String: Double], cache: CacheFolder = CacheFolder(folder: nil)) -> TrainingRate {
        TrainingRate(cache: cache) { entry in
            self.measured.append(entry.deviceName ?? "")
        } measure: { _ in
            let name = self.measured.last ?? ""
            guard let figure = figures[name] else {
                throw BackendError.deviceFailure(device: name, operation: "a step", detail: "no luck")
            }
            return figure
        }
    }
}
