/// The types of layers, with their names in files.
package enum LayerType: String, Sendable, CaseIterable {
    case convolution
    case batchNorm = "batch_norm"
    case relu
    case maxPool = "max_pool"
    case averagePool = "average_pool"
    case globalAveragePool = "global_average_pool"
    case residual
    case dropout
    case flatten
    case linear
}

extension NetworkLayer.Kind {
    package var type: LayerType {
        switch self {
        case .convolution: .convolution
        case .batchNorm: .batchNorm
        case .relu: .relu
        case .maxPool: .maxPool
        case .averagePool: .averagePool
        case .globalAveragePool: .globalAveragePool
        case .residual: .residual
        case .dropout: .dropout
        case .flatten: .flatten
        case .linear: .linear
        }
    }
}
