import Backend
import Platform

/// The parameters of the kernels for a class of devices: the order of sums, tiles and work-groups.
package struct KernelConfiguration: Hashable, Sendable {
    /// What determines the bits of the results.
    package let sumOrder: SumOrder

    /// The samples per compute unit, of all models together, in one part of a larger stack; nil to process the stack
    /// at once.
    ///
    /// No sum depends on it. On a GPU a launch has the same fixed cost for one model as for many. On a CPU device the
    /// activations of a large part do not stay in the cache from one kernel to the next.
    package var unitSamples: Int?

    /// The smallest capacity of an evaluation step in samples per model.
    ///
    /// A small step is as long as its launches on a GPU. An evaluation keeps nothing for a backward pass, so a large step needs
    /// little memory.
    package var evaluationSamples: Int { vector == 1 ? 512 : 1 }

    /// The work-group size of elementwise kernels.
    package let elementGroup: Int

    /// The tile sizes, which a tuner may choose.
    ///
    /// No sum depends on them.
    package var tiles: KernelTiles

    package init(_ sumOrder: SumOrder, unitSamples: Int?, elementGroup: Int, tiles: KernelTiles) {
        self.sumOrder = sumOrder
        self.unitSamples = unitSamples
        self.elementGroup = elementGroup
        self.tiles = tiles
    }

    /// The lanes of a work-item, the work-items of a group of lanes, and the lanes of a group: all kernels use them.
    package var vector: Int { sumOrder.vector }
    package var items: Int { sumOrder.items }
    package var lanes: Int { vector * items }

    /// For GPUs: neighbouring work-items process neighbouring samples, with a register tile per work-item.
    package static let gpu = KernelConfiguration(
        SumOrder(
            vector: 1, items: 64, planeSlices: 4, sliceArea: 512, pixelTile: 3, bandTiles: 1, gradientTerms: 128,
            transformedChannels: 0), unitSamples: nil, elementGroup: 64,
        tiles: KernelTiles(
            outputChannels: 8, inputChannels: 4, inputPixels: 3, gradientSums: 18, gradientChannels: 8,
            gradientColumns: 3, elementwisePixels: 8, outputs: 10, gradientOutputs: 5, features: 8, groups: 1))

    /// For CPU devices with vector registers of `width` fp32 lanes.
    ///
    /// A work-item processes a whole vector, and its register tile fills the registers (32 of 16 lanes with AVX-512, 16 of 8
    /// lanes with AVX2).
    package static func cpu(vectorWidth width: Int) -> KernelConfiguration {
        let wide = width >= 16
        return KernelConfiguration(
            SumOrder(
                vector: wide ? 16 : width >= 8 ? 8 : 4, items: 1, planeSlices: 1, sliceArea: 0, pixelTile: 3,
                bandTiles: 64,
                gradientTerms: 256, transformedChannels: wide ? 4 : 2), unitSamples: 64, elementGroup: 256,
            tiles: KernelTiles(
                outputChannels: wide ? 8 : 4, inputChannels: 4, inputPixels: wide ? 4 : 3,
                gradientSums: wide ? 24 : 12, gradientChannels: wide ? 8 : 4, gradientColumns: 1,
                elementwisePixels: 1 << 20, outputs: wide ? 8 : 4,
                gradientOutputs: wide ? 8 : 4, features: 4, groups: wide ? 3 : 2))
    }

    /// The name of the environment variable that forces a configuration.
    package static let variable = "RESNET_BO_OPENCL_CONFIGURATION"

    /// The configuration for the class of a device, unless the environment variable forces `gpu` or `cpu`.
    ///
    /// With the variable, the configuration of GPUs can be tested on a CPU device.
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

    /// The largest work-group size of all kernels.
    private var largestWorkGroup: Int { max(items * sumOrder.planeSlices, elementGroup, OpenCLBackend.lossItems) }

    /// The largest local memory of all kernels in bytes: sums over lanes, sums over a work-group, losses; on a GPU also weights, and
    /// sums that slices exchange.
    private var localBytes: Int {
        let exchanged = ConvolutionConstants.exchangedSums + items * sumOrder.planeSlices
        return 4
            * max(
                items > 1 ? 8 * (items + 9) : 1, items * sumOrder.planeSlices, 2 * OpenCLBackend.lossItems,
                vector == 1 ? exchanged : 1)
    }

    /// Throws ``BackendError/unavailable(backend:reason:)`` if a device does not support the work-groups of this configuration.
    func validate(on device: OpenCLDevice) throws(BackendError) {
        guard largestWorkGroup <= device.maximumWorkGroup else {
            throw .unavailable(
                backend: "opencl",
                reason: "\(device.description.name) runs at most \(device.maximumWorkGroup) work-items per work-group, "
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

/// The tile sizes, which a tuner may choose; the order of a sum does not depend on them.
///
/// All are upper bounds: a tile of channels is a divisor of the channels.
package struct KernelTiles: Hashable, Sendable, Codable {
    /// The output channels of a work-item in a convolution.
    package var outputChannels: Int
    /// The input channels of a work-item in a convolution's input gradient.
    package var inputChannels: Int
    /// The columns of a work-item in a convolution's input gradient.
    package var inputPixels: Int
    /// The sums that a work-item of a parameter gradient has in registers.
    package var gradientSums: Int
    /// The output channels of a work-item of a parameter gradient.
    package var gradientChannels: Int
    /// The output columns that a work-item of a parameter gradient processes at once.
    package var gradientColumns: Int
    /// The pixels of a work-item in an elementwise pass.
    package var elementwisePixels: Int
    /// The outputs of a work-item in a linear layer.
    package var outputs: Int
    /// The outputs of a work-item in a linear layer's parameter gradients.
    package var gradientOutputs: Int
    /// The features of a work-item in a linear layer's gradients.
    package var features: Int
    /// The groups of lanes of a work-item in a linear layer.
    package var groups: Int
}
