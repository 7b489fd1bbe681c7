package import Backend
import COpenCL

/// A device of an installed OpenCL driver.
package struct OpenCLDevice: Sendable {
    /// The handle of the driver, which is valid until the program ends.
    private let handle: UInt

    /// The properties that `resnet-bo devices` prints.
    package let description: DeviceDescription

    /// The name and version of the platform that the device belongs to.
    package let platform: String

    /// The OpenCL and OpenCL C versions.
    package let version: String
    package let languageVersion: String

    /// The names of the extensions, in the order of the driver.
    package let extensions: String

    /// The largest work-group size.
    package let maximumWorkGroup: Int

    /// The local memory per work-group in bytes.
    package let localMemoryBytes: Int

    /// The size of the largest buffer in bytes.
    package let maximumBufferBytes: Int

    /// The `__constant` memory per kernel in bytes.
    package let constantMemoryBytes: Int

    /// Whether kernels can be compiled.
    package let hasCompiler: Bool

    /// The number of fp32 lanes of a vector register according to the driver; 1 on most GPUs.
    package let nativeVectorWidth: Int

    /// Whether each compute unit has its own thread, which runs only the commands for that unit.
    ///
    /// This is true for PoCL. Intel's runtime supports compute units too, but its threads migrate between them and sleep in
    /// between: on two cores, two units are slower than the whole device.
    var hasThreadOfEachUnit: Bool { platform.hasPrefix("Portable Computing Language") }

    /// The device, driver and version that a built program or a tuner's choice is valid for.
    var identity: String { "\(description.name)\n\(description.vendor)\n\(description.driver)" }

    var id: cl_device_id { OpaquePointer(bitPattern: handle)! }

    init(id: cl_device_id, platform: String) throws(BackendError) {
        handle = UInt(bitPattern: id)
        self.platform = platform
        let name = try Self.text(id, CL_DEVICE_NAME)
        // A bit mask: the default device of a platform has an additional bit.
        let types = try Self.value(id, CL_DEVICE_TYPE, as: cl_device_type.self)
        func isType(_ type: Int32) -> Bool { types & cl_device_type(type) != 0 }
        description = DeviceDescription(
            backend: "opencl", name: name,
            vendor: try Self.text(id, CL_DEVICE_VENDOR),
            driver: "\(platform), driver \(try Self.text(id, CL_DRIVER_VERSION))",
            kind: isType(CL_DEVICE_TYPE_GPU)
                ? .gpu : isType(CL_DEVICE_TYPE_CPU) ? .cpu : isType(CL_DEVICE_TYPE_ACCELERATOR) ? .accelerator : .other,
            computeUnits: Int(try Self.value(id, CL_DEVICE_MAX_COMPUTE_UNITS, as: cl_uint.self)),
            clockMegahertz: Int(try Self.value(id, CL_DEVICE_MAX_CLOCK_FREQUENCY, as: cl_uint.self)),
            memoryBytes: Int(clamping: try Self.value(id, CL_DEVICE_GLOBAL_MEM_SIZE, as: cl_ulong.self)))
        version = try Self.text(id, CL_DEVICE_VERSION)
        languageVersion = try Self.text(id, CL_DEVICE_OPENCL_C_VERSION)
        extensions = try Self.text(id, CL_DEVICE_EXTENSIONS)
        constantMemoryBytes = Int(
            clamping: try Self.value(id, CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE, as: cl_ulong.self))
        hasCompiler = try Self.value(id, CL_DEVICE_COMPILER_AVAILABLE, as: cl_bool.self) != 0
        maximumWorkGroup = try Self.value(id, CL_DEVICE_MAX_WORK_GROUP_SIZE, as: Int.self)
        localMemoryBytes = Int(clamping: try Self.value(id, CL_DEVICE_LOCAL_MEM_SIZE, as: cl_ulong.self))
        maximumBufferBytes = Int(clamping: try Self.value(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, as: cl_ulong.self))
        nativeVectorWidth = Int(try Self.value(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, as: cl_uint.self))
    }

    private static func value<Value: BitwiseCopyable>(
        _ id: cl_device_id, _ property: Int32, as type: Value.Type
    ) throws(BackendError) -> Value {
        try withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { memory throws(BackendError) in
            let status = clGetDeviceInfo(
                id, cl_device_info(property), MemoryLayout<Value>.size, memory.baseAddress, nil)
            try OpenCLStatus.check(status, device: "a device", operation: "reading property \(property)")
            return memory[0]
        }
    }

    private static func text(_ id: cl_device_id, _ property: Int32) throws(BackendError) -> String {
        try readText { size, memory, needed in clGetDeviceInfo(id, cl_device_info(property), size, memory, needed) }
    }
}

/// The devices of all installed OpenCL drivers.
package enum OpenCLDevices {
    /// Every device of every platform, in the order in which the drivers list them.
    ///
    /// Without a driver that can be loaded, there are no devices.
    ///
    /// - Throws: `BackendError.deviceFailure(device:operation:detail:)` if a driver fails in another way.
    package static func all() throws(BackendError) -> [OpenCLDevice] {
        var devices: [OpenCLDevice] = []
        for platform in try platforms() {
            let name = try text(platform, CL_PLATFORM_NAME)
            let version = try text(platform, CL_PLATFORM_VERSION)
            for id in deviceIDs(of: platform) {
                devices.append(try OpenCLDevice(id: id, platform: "\(name) \(version)"))
            }
        }
        return devices
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

    /// The devices of a platform; none if it fails, so that the devices of other platforms are still listed.
    private static func deviceIDs(of platform: cl_platform_id) -> [cl_device_id] {
        let all = cl_device_type(CL_DEVICE_TYPE_ALL)
        var count: cl_uint = 0
        guard clGetDeviceIDs(platform, all, 0, nil, &count) == CL_SUCCESS, count > 0 else { return [] }
        var devices = [cl_device_id?](repeating: nil, count: Int(count))
        guard clGetDeviceIDs(platform, all, count, &devices, nil) == CL_SUCCESS else { return [] }
        return devices.compactMap { $0 }
    }

    private static func text(_ platform: cl_platform_id, _ property: Int32) throws(BackendError) -> String {
        try readText { size, memory, needed in
            clGetPlatformInfo(platform, cl_platform_info(property), size, memory, needed)
        }
    }
}

/// Reads a text from one of OpenCL's information functions, with a first call for its size.
func readText(
    _ call: (_ size: Int, _ memory: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?) -> cl_int
) throws(BackendError) -> String {
    var size = 0
    try OpenCLStatus.check(call(0, nil, &size), device: "OpenCL", operation: "reading a property")
    var bytes = [UInt8](repeating: 0, count: size)
    try OpenCLStatus.check(call(size, &bytes, nil), device: "OpenCL", operation: "reading a property")
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    return String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
}
