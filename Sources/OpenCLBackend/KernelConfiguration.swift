import Backend
import Glibc

/// How the kernels are cut to a class of devices: widths, tiles and work-groups.
///
/// A configuration follows from the device's class and never from timing, the stack or the number of compute units: the
/// partition of every sum depends on it.
package struct KernelConfiguration: Hashable, Sendable {
    /// Lanes (samples) in a vector of a work-item: 1, 4, 8 or 16.
    package var vector: Int

    /// Neighbouring work-items that hold a group of lanes; a power of two.
    package var items: Int

    /// Further work-items of a work-group, over features or chunks of pixels; a power of two.
    package var slices: Int

    /// Further work-items of a convolution's work-group, over tiles of pixels.
    package var convolutionSlices: Int

    /// Further work-items of a work-group that goes through a plane; a power of two.
    package var planeSlices: Int

    /// Work-items of a work-group where each has a number of its own.
    package var elementGroup: Int

    /// Output channels of a work-item in a convolution.
    package var channelTile: Int

    /// Columns of a work-item in a convolution.
    package var pixelTile: Int

    /// Sums that a work-item of a parameter gradient holds in registers.
    package var gradientSums: Int

    /// Terms of a lane's sum, about, before a parameter gradient's partial sum ends.
    package var gradientTerms: Int

    /// Pixels of a work-item in an elementwise pass.
    package var pixelsPerItem: Int

    /// Lanes in a group.
    var lanes: Int { vector * items }

    /// For GPUs: neighbouring work-items are neighbouring samples, and the registers of a work-item hold its tile.
    package static let gpu = KernelConfiguration(
        vector: 1, items: 32, slices: 4, convolutionSlices: 4, planeSlices: 4, elementGroup: 64, channelTile: 8,
        pixelTile: 3, gradientSums: 16, gradientTerms: 64,
        pixelsPerItem: 8)

    /// For CPU devices with vector registers of `width` fp32 lanes: a work-item is a whole vector, and its tile fills the
    /// registers (32 of 16 lanes with AVX-512, 16 of 8 with AVX2).
    package static func cpu(vectorWidth width: Int) -> KernelConfiguration {
        let wide = width >= 16
        return KernelConfiguration(
            vector: wide ? 16 : width >= 8 ? 8 : 4, items: 1, slices: 1, convolutionSlices: 10, planeSlices: 1,
            elementGroup: 64, channelTile: wide ? 8 : 4, pixelTile: 3,
            gradientSums: wide ? 24 : 12, gradientTerms: 256, pixelsPerItem: .max)
    }

    /// The name of the environment variable that forces a configuration.
    package static let variable = "RESNET_BO_OPENCL_CONFIGURATION"

    /// What a device gets: by its class, unless the environment variable says `gpu` or `cpu`.
    ///
    /// That way the configuration that GPUs run can be tested on a CPU device.
    static func automatic(for device: OpenCLDevice) throws(BackendError) -> KernelConfiguration {
        let cpu = KernelConfiguration.cpu(vectorWidth: device.nativeVectorWidth)
        guard let forced = getenv(variable).map({ String(cString: $0) }), !forced.isEmpty else {
            return device.description.kind == .cpu ? cpu : .gpu
        }
        switch forced {
        case "gpu": return .gpu
        case "cpu": return cpu
        default: throw .unavailable(backend: "opencl", reason: "\(variable) is '\(forced)'; it can be gpu or cpu")
        }
    }
}
