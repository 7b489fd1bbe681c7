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
    /// The work-items per lane in a work-group.
    var slices: Int

    var macros: [String: Int] {
        let all = [
            "POOLED": pool == nil ? 0 : 1, "CHANNELS": channels, "PIXELS": image.area, "GROUPS": groups, "CHUNK": chunk,
            "SLICES": slices,
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
