import Backend
import COpenCL

/// The names of OpenCL's error codes, and their conversion to backend errors.
package enum OpenCLStatus {
    /// An additional code of the driver loader: no driver is installed.
    static let platformNotFound: cl_int = -1001

    private static let names: [cl_int: String] = [
        -1: "CL_DEVICE_NOT_FOUND", -2: "CL_DEVICE_NOT_AVAILABLE", -3: "CL_COMPILER_NOT_AVAILABLE",
        -4: "CL_MEM_OBJECT_ALLOCATION_FAILURE", -5: "CL_OUT_OF_RESOURCES", -6: "CL_OUT_OF_HOST_MEMORY",
        -7: "CL_PROFILING_INFO_NOT_AVAILABLE", -8: "CL_MEM_COPY_OVERLAP",
        -9: "CL_IMAGE_FORMAT_MISMATCH", -10: "CL_IMAGE_FORMAT_NOT_SUPPORTED", -12: "CL_MAP_FAILURE",
        -11: "CL_BUILD_PROGRAM_FAILURE",
        -13: "CL_MISALIGNED_SUB_BUFFER_OFFSET", -14: "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
        -15: "CL_COMPILE_PROGRAM_FAILURE", -16: "CL_LINKER_NOT_AVAILABLE", -17: "CL_LINK_PROGRAM_FAILURE",
        -30: "CL_INVALID_VALUE", -31: "CL_INVALID_DEVICE_TYPE", -32: "CL_INVALID_PLATFORM",
        -33: "CL_INVALID_DEVICE", -34: "CL_INVALID_CONTEXT", -35: "CL_INVALID_QUEUE_PROPERTIES",
        -36: "CL_INVALID_COMMAND_QUEUE", -38: "CL_INVALID_MEM_OBJECT", -42: "CL_INVALID_BINARY",
        -43: "CL_INVALID_BUILD_OPTIONS", -44: "CL_INVALID_PROGRAM", -45: "CL_INVALID_PROGRAM_EXECUTABLE",
        -46: "CL_INVALID_KERNEL_NAME", -47: "CL_INVALID_KERNEL_DEFINITION", -48: "CL_INVALID_KERNEL",
        -49: "CL_INVALID_ARG_INDEX", -50: "CL_INVALID_ARG_VALUE", -51: "CL_INVALID_ARG_SIZE",
        -52: "CL_INVALID_KERNEL_ARGS", -53: "CL_INVALID_WORK_DIMENSION", -54: "CL_INVALID_WORK_GROUP_SIZE",
        -55: "CL_INVALID_WORK_ITEM_SIZE", -56: "CL_INVALID_GLOBAL_OFFSET", -57: "CL_INVALID_EVENT_WAIT_LIST",
        -58: "CL_INVALID_EVENT", -59: "CL_INVALID_OPERATION", -61: "CL_INVALID_BUFFER_SIZE",
        -63: "CL_INVALID_GLOBAL_WORK_SIZE",
        -18: "CL_DEVICE_PARTITION_FAILED", -19: "CL_KERNEL_ARG_INFO_NOT_AVAILABLE", -37: "CL_INVALID_HOST_PTR",
        -60: "CL_INVALID_GL_OBJECT", -62: "CL_INVALID_MIP_LEVEL", -64: "CL_INVALID_PROPERTY",
        -65: "CL_INVALID_IMAGE_DESCRIPTOR", -66: "CL_INVALID_COMPILER_OPTIONS", -67: "CL_INVALID_LINKER_OPTIONS",
        -68: "CL_INVALID_DEVICE_PARTITION_COUNT", -69: "CL_INVALID_PIPE_SIZE", -70: "CL_INVALID_DEVICE_QUEUE",
        -71: "CL_INVALID_SPEC_ID", -72: "CL_MAX_SIZE_RESTRICTION_EXCEEDED",
    ]

    /// The codes of extensions, as the headers of the Khronos Group define them (`cl_ext.h`, `cl_gl.h`, `cl_egl.h`, ...).
    private static let extensionNames: [cl_int: String] = [
        -1000: "CL_INVALID_GL_SHAREGROUP_REFERENCE_KHR",
        -1001: "CL_PLATFORM_NOT_FOUND_KHR, no driver is installed",
        -1002: "CL_INVALID_D3D10_DEVICE_KHR", -1003: "CL_INVALID_D3D10_RESOURCE_KHR",
        -1004: "CL_D3D10_RESOURCE_ALREADY_ACQUIRED_KHR", -1005: "CL_D3D10_RESOURCE_NOT_ACQUIRED_KHR",
        -1006: "CL_INVALID_D3D11_DEVICE_KHR", -1007: "CL_INVALID_D3D11_RESOURCE_KHR",
        -1008: "CL_D3D11_RESOURCE_ALREADY_ACQUIRED_KHR", -1009: "CL_D3D11_RESOURCE_NOT_ACQUIRED_KHR",
        -1010: "CL_INVALID_DX9_MEDIA_ADAPTER_KHR", -1011: "CL_INVALID_DX9_MEDIA_SURFACE_KHR",
        -1012: "CL_DX9_MEDIA_SURFACE_ALREADY_ACQUIRED_KHR", -1013: "CL_DX9_MEDIA_SURFACE_NOT_ACQUIRED_KHR",
        -1057: "CL_DEVICE_PARTITION_FAILED_EXT", -1058: "CL_INVALID_PARTITION_COUNT_EXT",
        -1059: "CL_INVALID_PARTITION_NAME_EXT", -1092: "CL_EGL_RESOURCE_NOT_ACQUIRED_KHR",
        -1093: "CL_INVALID_EGL_OBJECT_KHR", -1094: "CL_INVALID_ACCELERATOR_INTEL",
        -1095: "CL_INVALID_ACCELERATOR_TYPE_INTEL", -1096: "CL_INVALID_ACCELERATOR_DESCRIPTOR_INTEL",
        -1097: "CL_ACCELERATOR_TYPE_NOT_SUPPORTED_INTEL", -1098: "CL_INVALID_VA_API_MEDIA_ADAPTER_INTEL",
        -1099: "CL_INVALID_VA_API_MEDIA_SURFACE_INTEL", -1100: "CL_VA_API_MEDIA_SURFACE_ALREADY_ACQUIRED_INTEL",
        -1101: "CL_VA_API_MEDIA_SURFACE_NOT_ACQUIRED_INTEL",
        -1108: "CL_COMMAND_TERMINATED_ITSELF_WITH_FAILURE_ARM", -1121: "CL_CONTEXT_TERMINATED_KHR",
        -1138: "CL_INVALID_COMMAND_BUFFER_KHR", -1139: "CL_INVALID_SYNC_POINT_WAIT_LIST_KHR",
        -1140: "CL_INCOMPATIBLE_COMMAND_QUEUE_KHR", -1141: "CL_INVALID_MUTABLE_COMMAND_KHR",
        -1142: "CL_INVALID_SEMAPHORE_KHR",
    ]

    /// The codes of vendors that no header defines.
    private static let vendorTexts: [cl_int: String] = [
        // An engineer of NVIDIA calls it generic: https://github.com/KhronosGroup/OpenCL-Docs/pull/927
        -9999: "NVIDIA: a kernel failed while it ran, often by an illegal memory read or write"
    ]

    /// What a code means: its name in the specification, or the number with the name or the words of an extension or a vendor.
    package static func name(_ status: Int32) -> String {
        if let name = names[status] { return name }
        let meaning = extensionNames[status] ?? vendorTexts[status]
        return "OpenCL error \(status)" + (meaning.map { " (\($0))" } ?? "")
    }

    /// Throws unless a call succeeded.
    ///
    /// - Parameters:
    ///   - device: the name of the device.
    ///   - operation: the failed operation, for the message.
    static func check(_ status: cl_int, device: String, operation: String) throws(BackendError) {
        guard status == CL_SUCCESS else {
            throw .deviceFailure(device: device, operation: operation, detail: name(status))
        }
    }
}
