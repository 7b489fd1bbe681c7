/// A device that a backend can run on, as people and scripts want to see it.
package struct DeviceDescription: Sendable, Equatable, Codable {
    /// The kind of hardware, as the driver reports it.
    package enum Kind: String, Sendable, Codable {
        case cpu, gpu, accelerator, other
    }

    /// The backend's name as `--backend` takes it: `cpu` or `opencl`.
    package var backend: String
    /// The device's name as its driver gives it.
    package var name: String
    /// Who makes the device.
    package var vendor: String
    /// The driver or runtime, with its version.
    package var driver: String
    package var kind: Kind
    /// Cores, or the driver's idea of compute units.
    package var computeUnits: Int
    /// Highest clock in MHz; 0 where it is not known.
    package var clockMegahertz: Int
    /// Memory in bytes that the device can address.
    package var memoryBytes: Int

    package init(
        backend: String, name: String, vendor: String, driver: String, kind: Kind, computeUnits: Int,
        clockMegahertz: Int, memoryBytes: Int
    ) {
        self.backend = backend
        self.name = name
        self.vendor = vendor
        self.driver = driver
        self.kind = kind
        self.computeUnits = computeUnits
        self.clockMegahertz = clockMegahertz
        self.memoryBytes = memoryBytes
    }
}
