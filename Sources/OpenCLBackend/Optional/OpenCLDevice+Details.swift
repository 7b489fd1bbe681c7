package import Backend
import COpenCL

extension OpenCLDevice: DetailedDevice {
    package func details() -> [DeviceDetail] {
        [
            DeviceDetail("version", "\(version), \(languageVersion)"),
            DeviceDetail("vendor id", answer(CL_DEVICE_VENDOR_ID, as: cl_uint.self) { hexadecimal($0) }),
            DeviceDetail("compiler", hasCompiler ? "yes" : "no"),
            DeviceDetail("work-items of a work-group", "\(maximumWorkGroup) at most"),
            DeviceDetail("local memory", "\(localMemoryBytes) bytes"),
            DeviceDetail("largest buffer", "\(maximumBufferBytes) bytes"),
            DeviceDetail("constant memory", "\(constantMemoryBytes) bytes"),
            DeviceDetail("native vector width", "\(nativeVectorWidth) fp32 lanes"),
            DeviceDetail(
                "single precision",
                answer(CL_DEVICE_SINGLE_FP_CONFIG, as: cl_device_fp_config.self, singlePrecisionText)),
            DeviceDetail(
                "timer resolution", answer(CL_DEVICE_PROFILING_TIMER_RESOLUTION, as: Int.self) { "\($0) ns" }),
            DeviceDetail(
                "memory shared with the processor",
                answer(CL_DEVICE_HOST_UNIFIED_MEMORY, as: cl_bool.self) { $0 == 0 ? "no" : "yes" }),
            DeviceDetail("memory cache", memoryCache),
            DeviceDetail("kernels", kernels),
            DeviceDetail("extensions", extensions),
        ]
    }

    /// The text of a property, or the driver's failure in its place.
    private func answer<Value: BitwiseCopyable>(
        _ property: Int32, as type: Value.Type, _ text: (Value) -> String
    ) -> String {
        do throws(BackendError) {
            return text(try DeviceProperties(id: id, device: description.name).value(property, as: type))
        } catch {
            return "unknown: \(error)"
        }
    }

    private func hexadecimal(_ number: cl_uint) -> String { "0x" + String(number, radix: 16, uppercase: true) }

    /// What the device can do in fp32, in the words of the specification.
    private func singlePrecisionText(_ configuration: cl_device_fp_config) -> String {
        let known = [
            (CL_FP_DENORM, "denormals"), (CL_FP_INF_NAN, "infinities and NaN"),
            (CL_FP_ROUND_TO_NEAREST, "round to nearest"), (CL_FP_ROUND_TO_ZERO, "round to zero"),
            (CL_FP_ROUND_TO_INF, "round to infinity"), (CL_FP_FMA, "fma"),
            (CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT, "correctly rounded divide and sqrt"),
            (CL_FP_SOFT_FLOAT, "in software"),
        ]
        return known.filter { configuration & cl_device_fp_config($0.0) != 0 }.map(\.1).joined(separator: ", ")
    }

    /// The cache of the global memory.
    private var memoryCache: String {
        let size = answer(CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, as: cl_ulong.self) { "\($0) bytes" }
        let line = answer(CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE, as: cl_uint.self) { "lines of \($0) bytes" }
        return answer(CL_DEVICE_GLOBAL_MEM_CACHE_TYPE, as: cl_device_mem_cache_type.self) { type in
            switch Int32(type) {
            case CL_NONE: "none"
            case CL_READ_ONLY_CACHE: "read-only, \(size), \(line)"
            case CL_READ_WRITE_CACHE: "read and write, \(size), \(line)"
            default: "of type \(hexadecimal(type)), \(size), \(line)"
            }
        }
    }

    /// How the kernels are built for the device, or why they are not.
    private var kernels: String {
        do throws(BackendError) {
            let configuration = try OpenCLBackend(device: self).configuration
            return "vectors of \(configuration.vector), \(configuration.items) work-items for a group of lanes"
        } catch {
            return "does not work: \(error)"
        }
    }
}
