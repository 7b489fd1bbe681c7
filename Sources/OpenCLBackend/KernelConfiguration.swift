import Backend
import Platform

/// How the kernels are cut to a class of devices: widths, partitions of sums, tiles and work-groups.
///
/// Everything here down to ``transformedChannels`` decides the order of some sum. It follows from the device's class and never
/// from timing, the stack or the number of compute units, so that results do not depend on those.
package struct KernelConfiguration: Hashable, Sendable {
    /// Lanes (samples) in a vector of a work-item: 1, 4, 8 or 16.
    package var vector: Int

    /// Neighbouring work-items that hold a group of lanes; a power of two.
    package var items: Int

    /// Further work-items of a work-group that goes through a plane; a power of two.
    package var planeSlices: Int

    /// Columns of a work-item in a convolution, whose moments are taken together.
    package var pixelTile: Int

    /// Tiles of pixels that a work-item of a convolution goes through, at most.
    package var bandTiles: Int

    /// Terms of a lane's sum, about, before a parameter gradient's partial sum ends.
    package var gradientTerms: Int

    /// Channels of a work-item in Winograd's algorithm, 2 or 4; 0 where the direct sum is to be used.
    ///
    /// The algorithm needs private memory for its transforms: a stack on a CPU device, memory as slow as the device's on a
    /// GPU.
    package var transformedChannels: Int

    /// Samples for each compute unit, of all models together, that go through a step at once if there are more; nil for all
    /// there are.
    ///
    /// No sum depends on it. A launch costs a GPU the same for one model as for many; on a CPU device the activations of
    /// too many models fall out of the cache between one kernel and the next.
    package var unitSamples: Int?

    /// Work-items of a work-group where each has a number of its own.
    package var elementGroup: Int

    /// What no sum depends on either, and what a tuner may choose.
    package var tiles: KernelTiles

    /// Lanes in a group.
    package var lanes: Int { vector * items }

    /// For GPUs: neighbouring work-items are neighbouring samples, and the registers of a work-item hold its tile.
    package static let gpu = KernelConfiguration(
        vector: 1, items: 64, planeSlices: 4, pixelTile: 3, bandTiles: 1, gradientTerms: 128,
        transformedChannels: 0, unitSamples: nil, elementGroup: 64,
        tiles: KernelTiles(
            outputChannels: 8, inputChannels: 4, inputPixels: 3, gradientSums: 18, gradientChannels: 8,
            gradientColumns: 3, elementwisePixels: 8, outputs: 10, gradientOutputs: 5, features: 8, groups: 1))

    /// For CPU devices with vector registers of `width` fp32 lanes: a work-item is a whole vector, and its tile fills the
    /// registers (32 of 16 lanes with AVX-512, 16 of 8 with AVX2).
    package static func cpu(vectorWidth width: Int) -> KernelConfiguration {
        let wide = width >= 16
        return KernelConfiguration(
            vector: wide ? 16 : width >= 8 ? 8 : 4, items: 1, planeSlices: 1, pixelTile: 3, bandTiles: 64,
            gradientTerms: 256, transformedChannels: wide ? 4 : 2, unitSamples: 64, elementGroup: 256,
            tiles: KernelTiles(
                outputChannels: wide ? 8 : 4, inputChannels: 4, inputPixels: wide ? 4 : 3,
                gradientSums: wide ? 24 : 12, gradientChannels: wide ? 8 : 4, gradientColumns: 1,
                elementwisePixels: 1 << 20, outputs: wide ? 8 : 4,
                gradientOutputs: wide ? 8 : 4, features: 4, groups: wide ? 3 : 2))
    }

    /// The name of the environment variable that forces a configuration.
    package static let variable = "RESNET_BO_OPENCL_CONFIGURATION"

    /// What a device gets: by its class, unless the environment variable says `gpu` or `cpu`.
    ///
    /// That way the configuration that GPUs run can be tested on a CPU device.
    static func automatic(for device: OpenCLDevice) throws(BackendError) -> KernelConfiguration {
        let cpu = KernelConfiguration.cpu(vectorWidth: device.nativeVectorWidth)
        guard let forced = environment(variable), !forced.isEmpty else {
            return device.description.kind == .cpu ? cpu : .gpu
        }
        switch forced {
        case "gpu": return .gpu
        case "cpu": return cpu
        default: throw .unavailable(backend: "opencl", reason: "\(variable) is '\(forced)'; it can be gpu or cpu")
        }
    }

    /// The most work-items of a work-group of any kernel.
    private var largestWorkGroup: Int { max(items * planeSlices, elementGroup, OpenCLBackend.lossItems) }

    /// Bytes of local memory of the kernel that takes the most: the sums over lanes, those over a work-group, the losses.
    private var localBytes: Int {
        4 * max(items > 1 ? 8 * (items + 9) : 1, items * planeSlices, 2 * OpenCLBackend.lossItems)
    }

    /// Throws where a device can't run work-groups of this size.
    func validate(on device: OpenCLDevice) throws(BackendError) {
        guard largestWorkGroup <= device.maximumWorkGroup else {
            throw .unavailable(
                backend: "opencl",
                reason: "\(device.description.name) runs at most \(device.maximumWorkGroup) work-items a work-group, "
                    + "the kernels need \(largestWorkGroup)")
        }
        guard localBytes <= device.localMemoryBytes else {
            throw .unavailable(
                backend: "opencl",
                reason: "\(device.description.name) has \(device.localMemoryBytes) bytes of local memory, "
                    + "the kernels need \(localBytes)")
        }
    }
}

/// The sizes of tiles, of which no sum's order depends: what a tuner may choose.
///
/// All are upper bounds: a tile of channels is a divisor of the channels.
package struct KernelTiles: Hashable, Sendable, Codable {
    /// Output channels of a work-item in a convolution.
    package var outputChannels: Int
    /// Input channels of a work-item in a convolution's input gradient.
    package var inputChannels: Int
    /// Columns of a work-item in a convolution's input gradient.
    package var inputPixels: Int
    /// Sums that a work-item of a parameter gradient holds in registers.
    package var gradientSums: Int
    /// Output channels of a work-item of a parameter gradient.
    package var gradientChannels: Int
    /// Output columns that a work-item of a parameter gradient takes at once.
    package var gradientColumns: Int
    /// Pixels of a work-item in an elementwise pass.
    package var elementwisePixels: Int
    /// Outputs of a work-item in a linear layer.
    package var outputs: Int
    /// Outputs of a work-item in a linear layer's parameter gradients.
    package var gradientOutputs: Int
    /// Features of a work-item in a linear layer's gradients.
    package var features: Int
    /// Groups of lanes of a work-item in a linear layer.
    package var groups: Int
}
