import OpenCLBackend
import Testing

@Suite("OpenCL status")
struct OpenCLStatusTests {
    /// Codes of the specification are names; those of extensions and vendors have the number too, and unknown ones only that.
    @Test(
        arguments: [
            (-5, "CL_OUT_OF_RESOURCES"), (-11, "CL_BUILD_PROGRAM_FAILURE"),
            (-72, "CL_MAX_SIZE_RESTRICTION_EXCEEDED"),
            (-1001, "OpenCL error -1001 (CL_PLATFORM_NOT_FOUND_KHR, no driver is installed)"),
            (-1057, "OpenCL error -1057 (CL_DEVICE_PARTITION_FAILED_EXT)"),
            (-1094, "OpenCL error -1094 (CL_INVALID_ACCELERATOR_INTEL)"),
            (
                -9999,
                "OpenCL error -9999 (NVIDIA: a kernel failed while it ran, often by an illegal memory read or write)"
            ),
            (-12345, "OpenCL error -12345"),
        ] as [(Int32, String)])
    func names(status: Int32, expected: String) {
        #expect(OpenCLStatus.name(status) == expected)
    }
}
