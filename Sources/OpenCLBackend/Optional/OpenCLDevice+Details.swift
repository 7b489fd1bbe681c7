package import Backend

extension OpenCLDevice: DetailedDevice {
    package func details() -> [DeviceDetail] {
        [
            DeviceDetail("version", "\(version), \(languageVersion)"),
            DeviceDetail("compiler", hasCompiler ? "yes" : "no"),
            DeviceDetail("work-items of a work-group", "\(maximumWorkGroup) at most"),
            DeviceDetail("local memory", "\(localMemoryBytes) bytes"),
            DeviceDetail("largest buffer", "\(maximumBufferBytes) bytes"),
            DeviceDetail("constant memory", "\(constantMemoryBytes) bytes"),
            DeviceDetail("native vector width", "\(nativeVectorWidth) fp32 lanes"),
            DeviceDetail("kernels", kernels),
            DeviceDetail("extensions", extensions),
        ]
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
