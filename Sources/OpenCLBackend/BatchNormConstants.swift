import Backend
import Kernels

/// What `BatchNorm.cl` is compiled for.
struct BatchNormConstants: KernelConstants {
    static let source = KernelSource.batchNorm
    var channels: Int
    /// The extent of the normalised values.
    var image: Extent
    /// The number of groups of lanes of each model.
    var groups: Int
    var pool: MaxPool?
    /// The pixels of a work-group in the passes over pixels.
    var chunk: Int
    /// The pixels of a work-group in the sums of the backward pass.
    let sumChunk: Int
    /// The work-items per lane in a work-group.
    var slices: Int

    /// - Parameter layer: the layer whose convolution these kernels follow.
    init(_ layer: FusedLayer, groups: Int, _ configuration: KernelConfiguration) {
        let shape = layer.unpooled
        channels = shape.channels
        image = shape.image
        self.groups = groups
        pool = layer.pool
        slices = configuration.sumOrder.planeSlices
        chunk = min(configuration.tiles.elementwisePixels, shape.image.area) * slices
        sumChunk = Self.sumChunk(of: layer, configuration.sumOrder)
    }

    /// The pixels of a partial sum of the backward pass: on a GPU at least 16 for each work-item of a lane, in at most 8 parts.
    private static func sumChunk(of layer: FusedLayer, _ order: SumOrder) -> Int {
        let pixels = layer.output.image.area
        return order.planeSlices == 1 ? pixels : min(max(16 * order.planeSlices, ceilDivide(pixels, 8)), pixels)
    }

    /// The partial sums of each group of lanes in the backward pass of a layer.
    static func sumParts(of layer: FusedLayer, _ order: SumOrder) -> Int {
        ceilDivide(layer.output.image.area, sumChunk(of: layer, order))
    }

    var macros: [String: Int] {
        let all = [
            "POOLED": pool == nil ? 0 : 1, "CHANNELS": channels, "PIXELS": image.area, "GROUPS": groups, "CHUNK": chunk,
            "SUM_CHUNK": sumChunk, "SLICES": slices,
        ]
        guard let pool else { return all }
        let output = pool.output(for: image)
        return all.merging([
            "IN_HEIGHT": image.height, "IN_WIDTH": image.width, "OUT_HEIGHT": output.height, "OUT_WIDTH": output.width,
            "KERNEL_HEIGHT": pool.kernel.height, "KERNEL_WIDTH": pool.kernel.width, "STRIDE_Y": pool.stride.height,
            "STRIDE_X": pool.stride.width,
        ]) { $1 }
    }
}
