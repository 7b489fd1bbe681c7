import Backend

extension NetworkPlan {
    /// Floating-point operations of the convolutions and linear layers in the forward pass of one image.
    ///
    /// Multiplications and additions count separately; padding is included.
    package var forwardFlops: Int { operations.reduce(0) { $0 + flops($1) } }

    /// Floating-point operations of a training step for one image: forward pass, parameter gradients, and the input gradients
    /// of all layers that do not read the images.
    package var trainingFlops: Int {
        operations.reduce(0) { $0 + ($1.input == Self.images ? 2 : 3) * flops($1) }
    }

    /// Those of one operation in the forward pass of one image.
    func flops(_ operation: PlannedOperation) -> Int {
        switch operation.kind {
        case .fused(let layer): layer.convolution?.flops ?? 0
        case .linear(let outputs): 2 * values[operation.input].count * outputs
        case .averagePool, .paddedShortcut, .dropout: 0
        }
    }
}
