import Backend
import COpenCL

/// The target of a queue: a whole device, or one compute unit of a partitioned device.
final class DeviceUnit {
    let id: cl_device_id
    /// Whether this is a sub-device, which has to be released.
    let isSubDevice: Bool

    init(whole device: OpenCLDevice) {
        id = device.id
        isSubDevice = false
    }

    private init(part id: cl_device_id) {
        self.id = id
        isSubDevice = true
    }

    deinit {
        if isSubDevice { clReleaseDevice(id) }
    }

    /// Partitions a device into its compute units; returns none if the driver does not support it or the device has only one.
    static func computeUnits(of device: OpenCLDevice) -> [DeviceUnit] {
        let count = device.description.computeUnits
        guard count > 1 else { return [] }
        let properties = [cl_device_partition_property(CL_DEVICE_PARTITION_EQUALLY), 1, 0]
        var ids = [cl_device_id?](repeating: nil, count: count)
        var made: cl_uint = 0
        guard clCreateSubDevices(device.id, properties, cl_uint(count), &ids, &made) == CL_SUCCESS else { return [] }
        return ids.prefix(Int(made)).compactMap { $0.map { DeviceUnit(part: $0) } }
    }
}
