/// An operation of the contract, or a family of them, as the report of the checks names it.
package enum CheckedOperation: String, CaseIterable, Sendable, Codable {
    case storage, gather, convolution
    case batchNorm = "batch-norm"
    case maxPool = "max-pool"
    /// Several parts of a fused layer, or none but a residual and a ReLU.
    case fusedLayer = "fused-layer"
    case averagePool = "average-pool"
    case paddedShortcut = "padded-shortcut"
    case dropout, linear, loss, optimizer
}
