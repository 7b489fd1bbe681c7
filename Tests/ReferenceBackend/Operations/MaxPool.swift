package import Backend

/// `y[i,j] = max of x[i s ..< i s + k, j s ..< j s + k]`, and its derivative.
extension ReferenceBackend {
    /// Only the max-pooling.
    package func maxPool(_ pool: MaxPool, input: Activation, counts: SampleCounts, output: Activation)
        throws(BackendError)
    {
        try pool.validate(on: input.shape.image, operation: "max-pool")
        forEachWindow(of: output, counts) { model, sample, channel, row, column in
            let argmax = pool.argmax(in: input, model, sample, channel, row, column)
            output[model, sample, channel, row, column] =
                input[model, sample, channel, argmax.row, argmax.column]
        }
    }

    /// Only the gradient of the max-pooling.
    package func maxPoolGradient(
        _ pool: MaxPool, input: Activation, outputGradient: Activation, counts: SampleCounts, inputGradient: Activation
    ) throws(BackendError) {
        try pool.validate(on: input.shape.image, operation: "max-pool gradient")
        let sums = ReferenceActivation(input.shape)
        forEachWindow(of: outputGradient, counts) { model, sample, channel, row, column in
            let argmax = pool.argmax(in: input, model, sample, channel, row, column)
            sums[model, sample, channel, argmax.row, argmax.column] +=
                outputGradient[model, sample, channel, row, column]
        }
        for model in 0..<input.shape.models {
            for sample in 0..<counts.perModel[model] {
                for feature in 0..<input.shape.valuesPerSample {
                    inputGradient[model, sample, feature] = stored(sums[model, sample, feature])
                }
            }
        }
    }

    private func forEachWindow(
        of output: Activation, _ counts: SampleCounts, _ body: (Int, Int, Int, Int, Int) -> Void
    ) {
        for model in 0..<output.shape.models {
            for sample in 0..<counts.perModel[model] {
                for channel in 0..<output.shape.channels {
                    for row in 0..<output.shape.image.height {
                        for column in 0..<output.shape.image.width { body(model, sample, channel, row, column) }
                    }
                }
            }
        }
    }
}

extension MaxPool {
    /// The argmax of a window: the first of equal maxima, or the last NaN.
    fileprivate func argmax(
        in input: ReferenceActivation, _ model: Int, _ sample: Int, _ channel: Int, _ row: Int, _ column: Int
    ) -> (row: Int, column: Int) {
        var argmax = (row: row * stride.height, column: column * stride.width)
        for inputRow in row * stride.height..<row * stride.height + kernel.height {
            for inputColumn in column * stride.width..<column * stride.width + kernel.width {
                let value = input[model, sample, channel, inputRow, inputColumn]
                if value > input[model, sample, channel, argmax.row, argmax.column] || value.isNaN {
                    argmax = (inputRow, inputColumn)
                }
            }
        }
        return argmax
    }
}
