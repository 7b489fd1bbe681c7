import Backend
import COpenCL

/// The devices of all installed OpenCL drivers.
enum OpenCLDevices {
    /// Every device of every platform, in the order in which the drivers list them, and the platforms without a device.
    ///
    /// Without a driver that can be loaded, the list is empty. A platform or device that fails is an entry with its reason.
    static func list() -> [DeviceListing] {
        do throws(BackendError) {
            return try platforms().flatMap(list)
        } catch {
            return [.unusable(UnusableDevice(platform: "OpenCL", .platformFails(error)))]
        }
    }

    private static func platforms() throws(BackendError) -> [cl_platform_id] {
        var count: cl_uint = 0
        let status = clGetPlatformIDs(0, nil, &count)
        if status == OpenCLStatus.platformNotFound || (status == CL_SUCCESS && count == 0) { return [] }
        try OpenCLStatus.check(status, device: "OpenCL", operation: "listing the platforms")
        var platforms = [cl_platform_id?](repeating: nil, count: Int(count))
        try OpenCLStatus.check(
            clGetPlatformIDs(count, &platforms, nil), device: "OpenCL", operation: "listing the platforms")
        return platforms.compactMap { $0 }
    }

    /// The devices of a platform, or what is wrong with it.
    private static func list(_ platform: cl_platform_id) -> [DeviceListing] {
        var name = "a platform that does not give its name"
        do throws(BackendError) {
            name = try text(platform, CL_PLATFORM_NAME, of: "a platform")
            let version = try text(platform, CL_PLATFORM_VERSION, of: name)
            let devices = try deviceIDs(of: platform, named: name)
            guard !devices.isEmpty else {
                return [.unusable(UnusableDevice(platform: name, .noDevice(lacks: need(ofPlatform: name))))]
            }
            return devices.map { list($0, of: name, version: version) }
        } catch {
            return [.unusable(UnusableDevice(platform: name, .platformFails(error)))]
        }
    }

    /// A device, or what is wrong with it.
    private static func list(_ id: cl_device_id, of platform: String, version: String) -> DeviceListing {
        var name = "a device of \(platform)"
        do throws(BackendError) {
            let properties = DeviceProperties(id: id, device: name)
            name = try properties.text(CL_DEVICE_NAME)
            let versions = [version, try properties.text(CL_DEVICE_VERSION)].map(OpenCLVersion.init)
            if let oldest = versions.compactMap({ $0 }).min(), oldest < .needed {
                let lacks = "it has OpenCL \(oldest), and the kernels need OpenCL \(OpenCLVersion.needed)"
                return .unusable(UnusableDevice(platform: platform, .deviceLacks(name: name, lacks: lacks)))
            }
            return .usable(try OpenCLDevice(id: id, name: name, platform: "\(platform) \(version)"))
        } catch {
            return .unusable(UnusableDevice(platform: platform, .deviceFails(name: name, error)))
        }
    }

    private static func deviceIDs(
        of platform: cl_platform_id, named name: String
    ) throws(BackendError) -> [cl_device_id] {
        let all = cl_device_type(CL_DEVICE_TYPE_ALL)
        var count: cl_uint = 0
        let status = clGetDeviceIDs(platform, all, 0, nil, &count)
        // Drivers give either answer where they find no device.
        if status == CL_DEVICE_NOT_FOUND || (status == CL_SUCCESS && count == 0) { return [] }
        try OpenCLStatus.check(status, device: name, operation: "listing the devices")
        var devices = [cl_device_id?](repeating: nil, count: Int(count))
        try OpenCLStatus.check(
            clGetDeviceIDs(platform, all, count, &devices, nil), device: name, operation: "listing the devices")
        return devices.compactMap { $0 }
    }

    /// What a driver that works and finds no device may need.
    private static func need(ofPlatform name: String) -> String {
        switch name {
        case "Portable Computing Language":
            "it needs a folder that can be written: POCL_CACHE_DIR or XDG_CACHE_HOME"
        case "rusticl":
            "it needs the names of its drivers in RUSTICL_ENABLE, for example radeonsi, iris or llvmpipe"
        default:
            "it may lack access to a GPU (/dev/dri or /dev/nvidia*, the group render; a container has to be given the device)"
        }
    }

    private static func text(
        _ platform: cl_platform_id, _ property: Int32, of owner: String
    ) throws(BackendError) -> String {
        try readText(property, of: owner) { size, memory, needed in
            clGetPlatformInfo(platform, cl_platform_info(property), size, memory, needed)
        }
    }
}
