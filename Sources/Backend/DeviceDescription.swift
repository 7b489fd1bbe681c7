/// A device that a backend can run on, as `resnet-bo devices` prints it.
package struct DeviceDescription: Sendable, Equatable, Codable {
    /// The kind of hardware, as the driver reports it.
    package enum Kind: String, Sendable, Codable {
        case cpu, gpu, accelerator, other
    }

    /// The backend's name as `--backend` takes it.
    package var backend: String
    /// The device's name as its driver gives it.
    package var name: String
    /// The manufacturer of the device.
    package var vendor: String
    /// The driver or runtime, with its version.
    package var driver: String
    package var kind: Kind
    /// The number of cores, or of compute units as the driver counts them.
    package var computeUnits: Int
    /// The highest clock in MHz; 0 if it is unknown.
    package var clockMegahertz: Int
    /// The memory that the device can address, in bytes.
    package var memoryBytes: Int
    /// Whether the device has memory of its own, as a graphics card has.
    ///
    /// False for a device that shares the memory of the processor, and where the driver does not say.
    package var hasOwnMemory: Bool

    package init(
        backend: String, name: String, vendor: String, driver: String, kind: Kind, computeUnits: Int,
        clockMegahertz: Int, memoryBytes: Int, hasOwnMemory: Bool = false
    ) {
        self.backend = backend
        self.name = name
        self.vendor = vendor
        self.driver = driver
        self.kind = kind
        self.computeUnits = computeUnits
        self.clockMegahertz = clockMegahertz
        self.memoryBytes = memoryBytes
        self.hasOwnMemory = hasOwnMemory
    }
}
