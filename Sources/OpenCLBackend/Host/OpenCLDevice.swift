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

    /// Whether the device divides and takes square roots correctly rounded where a program asks for it.
    package let roundsDivisionCorrectly: Bool

    /// The resolution of the clock that measures kernels, in seconds.
    package let timerResolution: Double

    /// Whether each compute unit has its own thread, which runs only the commands for that unit.
    ///
    /// This is true for PoCL. Intel's runtime supports compute units too, but its threads migrate between them and sleep in
    /// between: on two cores, two units are slower than the whole device.
    var hasThreadOfEachUnit: Bool { platform.hasPrefix("Portable Computing Language") }

    /// The device, driver and version that a built program or a tuner's choice is valid for.
    var identity: String { "\(description.name)\n\(description.vendor)\n\(description.driver)" }

    var id: cl_device_id { OpaquePointer(bitPattern: handle)! }

    /// Asks the driver for the properties of a device.
    ///
    /// - Parameter name: the answer to the first question, which tells the device from others if it fails another.
    init(id: cl_device_id, name: String, platform: String) throws(BackendError) {
        handle = UInt(bitPattern: id)
        self.platform = platform
        let properties = DeviceProperties(id: id, device: name)
        // A bit mask: the default device of a platform has an additional bit.
        let types = try properties.value(CL_DEVICE_TYPE, as: cl_device_type.self)
        func isType(_ type: Int32) -> Bool { types & cl_device_type(type) != 0 }
        description = DeviceDescription(
            backend: OpenCLBackend.name, name: name,
            vendor: try properties.text(CL_DEVICE_VENDOR),
            driver: "\(platform), driver \(try properties.text(CL_DRIVER_VERSION))",
            kind: isType(CL_DEVICE_TYPE_GPU)
                ? .gpu : isType(CL_DEVICE_TYPE_CPU) ? .cpu : isType(CL_DEVICE_TYPE_ACCELERATOR) ? .accelerator : .other,
            computeUnits: Int(try properties.value(CL_DEVICE_MAX_COMPUTE_UNITS, as: cl_uint.self)),
            clockMegahertz: Int(try properties.value(CL_DEVICE_MAX_CLOCK_FREQUENCY, as: cl_uint.self)),
            memoryBytes: Int(clamping: try properties.value(CL_DEVICE_GLOBAL_MEM_SIZE, as: cl_ulong.self)),
            // A driver that does not answer makes no device unusable: the device is measured before `auto` takes it.
            hasOwnMemory: (try? properties.value(CL_DEVICE_HOST_UNIFIED_MEMORY, as: cl_bool.self)) == 0)
        version = try properties.text(CL_DEVICE_VERSION)
        languageVersion = try properties.text(CL_DEVICE_OPENCL_C_VERSION)
        extensions = try properties.text(CL_DEVICE_EXTENSIONS)
        constantMemoryBytes = Int(
            clamping: try properties.value(CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE, as: cl_ulong.self))
        hasCompiler = try properties.value(CL_DEVICE_COMPILER_AVAILABLE, as: cl_bool.self) != 0
        maximumWorkGroup = try properties.value(CL_DEVICE_MAX_WORK_GROUP_SIZE, as: Int.self)
        localMemoryBytes = Int(clamping: try properties.value(CL_DEVICE_LOCAL_MEM_SIZE, as: cl_ulong.self))
        maximumBufferBytes = Int(clamping: try properties.value(CL_DEVICE_MAX_MEM_ALLOC_SIZE, as: cl_ulong.self))
        nativeVectorWidth = Int(try properties.value(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, as: cl_uint.self))
        let rounding = (try? properties.value(CL_DEVICE_SINGLE_FP_CONFIG, as: cl_device_fp_config.self)) ?? 0
        roundsDivisionCorrectly = rounding & cl_device_fp_config(CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0
        // In nanoseconds; 1 microsecond where the driver does not say.
        timerResolution =
            1e-9 * Double((try? properties.value(CL_DEVICE_PROFILING_TIMER_RESOLUTION, as: Int.self)) ?? 1000)
    }
}

/// The questions that a driver answers about a device.
struct DeviceProperties {
    let id: cl_device_id
    /// The name of the device for errors.
    let device: String

    /// A property of a fixed size.
    func value<Value: BitwiseCopyable>(_ property: Int32, as type: Value.Type) throws(BackendError) -> Value {
        try withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { memory throws(BackendError) in
            let status = clGetDeviceInfo(
                id, cl_device_info(property), MemoryLayout<Value>.size, memory.baseAddress, nil)
            try OpenCLStatus.check(status, device: device, operation: propertyOperation(property))
            return memory[0]
        }
    }

    /// A property that is a text.
    func text(_ property: Int32) throws(BackendError) -> String {
        try readText(property, of: device) { size, memory, needed in
            clGetDeviceInfo(id, cl_device_info(property), size, memory, needed)
        }
    }
}

/// A failed question for errors, with the property as `cl.h` writes it.
private func propertyOperation(_ property: Int32) -> String {
    "reading property 0x\(String(property, radix: 16, uppercase: true))"
}

/// Reads a text from one of OpenCL's information functions, with a first call for its size.
///
/// - Parameter owner: the device or platform, for errors.
func readText(
    _ property: Int32, of owner: String,
    _ call: (_ size: Int, _ memory: UnsafeMutableRawPointer?, _ needed: UnsafeMutablePointer<Int>?) -> cl_int
) throws(BackendError) -> String {
    var size = 0
    try OpenCLStatus.check(call(0, nil, &size), device: owner, operation: propertyOperation(property))
    var bytes = [UInt8](repeating: 0, count: size)
    try OpenCLStatus.check(call(size, &bytes, nil), device: owner, operation: propertyOperation(property))
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    return String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
}
