package import Backend

/// A layer of a network, as a person reads it: with its output and its size.
package struct PlannedLayer: Sendable, Equatable {
    /// The name with that of its block.
    package let name: String
    package let type: LayerType
    /// The shape of the output for one image.
    package let output: SampleShape
    /// Trainable numbers; 0 for a residual block, whose layers have them.
    package var parameters = 0
    /// Floating-point operations in the forward pass of one image, as in ``NetworkPlan/forwardFlops``.
    package var flops = 0
}
