/// The parameters of the kernels that determine the order of a sum.
///
/// In fp32 another order gives other bits. So these parameters depend only on the class of the device: no result depends on
/// timing, on the stack or on the number of compute units. A tuner can't change them, because they are not part of
/// ``KernelTiles``.
package struct SumOrder: Hashable, Sendable {
    /// The lanes (samples) of a work-item's vector: 1, 4, 8 or 16.
    package var vector: Int

    /// The neighbouring work-items of a group of lanes; a power of two.
    package var items: Int

    /// The work-items per lane in a work-group that processes a plane; a power of two.
    package var planeSlices: Int

    /// The pixels of an image above which one work-item per lane computes a convolution's result: for an image of half of them two
    /// divide the input channels, for one of a quarter four.
    package var sliceArea: Int

    /// The columns of a work-item's tile in a convolution, whose moments are computed together.
    package var pixelTile: Int

    /// The maximum number of tiles of pixels per work-item of a convolution.
    package var bandTiles: Int

    /// The approximate number of terms per lane in a partial sum of a parameter gradient.
    package var gradientTerms: Int

    /// The channels of a work-item in Winograd's algorithm, 2 or 4; 0 for the direct sum.
    ///
    /// The algorithm needs private memory for its transforms. On a CPU device this is the stack of a thread; on a GPU it is as
    /// slow as global memory.
    package var transformedChannels: Int
}
