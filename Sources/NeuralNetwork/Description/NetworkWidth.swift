extension NetworkDescription {
    /// The network with another number of channels, under a name of its own.
    ///
    /// The outputs of every convolution and every linear layer are multiplied and rounded to whole numbers, at least 1. The
    /// outputs of the last linear layer stay, because they are the classes.
    package func scaled(by width: Double) -> NetworkDescription {
        guard width != 1 else { return self }
        let last = layers.lastIndex { if case .linear = $0.kind { true } else { false } }
        var scaled = self
        scaled.name = "\(name)-width-\(width)"
        for index in layers.indices where index != last { scaled.layers[index] = layers[index].scaled(by: width) }
        return scaled
    }
}

extension NetworkLayer {
    fileprivate func scaled(by width: Double) -> NetworkLayer {
        func scaled(_ outputs: Int) -> Int { max(1, Int((Double(outputs) * width).rounded())) }
        var layer = self
        switch kind {
        case .convolution(let outputs, let kernel, let stride, let padding, let bias):
            layer.kind = .convolution(
                outputs: scaled(outputs), kernel: kernel, stride: stride, padding: padding, bias: bias)
        case .linear(let outputs):
            layer.kind = .linear(outputs: outputs.map(scaled))
        case .residual(var block):
            block.body = block.body.map { $0.scaled(by: width) }
            if case .projection(let layers) = block.shortcut {
                block.shortcut = .projection(layers.map { $0.scaled(by: width) })
            }
            layer.kind = .residual(block)
        case .batchNorm, .relu, .maxPool, .averagePool, .globalAveragePool, .dropout, .flatten: break
        }
        return layer
    }
}
