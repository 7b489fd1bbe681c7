package import Backend

/// `y[i,j] = max of x[i s ..< i s + k, j s ..< j s + k]`, and its derivative.
extension ReferenceBackend {
    /// Only the max-pooling.
    package func maxPool(_ pool: MaxPool, input: Activation, counts: SampleCounts, output: Activation) {
        output.forEachValue(counts) { model, sample, channel, row, column in
            let argmax = pool.argmax(in: input, model, sample, channel, row, column)
            output[model, sample, channel, row, column] =
                input[model, sample, channel, argmax.row, argmax.column]
        }
    }

    /// Only the gradient of the max-pooling.
    package func maxPoolGradient(
        _ pool: MaxPool, input: Activation, outputGradient: Activation, counts: SampleCounts
    ) -> Activation {
        let sums = ReferenceActivation(input.shape)
        outputGradient.forEachValue(counts) { model, sample, channel, row, column in
            let argmax = pool.argmax(in: input, model, sample, channel, row, column)
            sums[model, sample, channel, argmax.row, argmax.column] +=
                outputGradient[model, sample, channel, row, column]
        }
        sums.values = sums.values.map(stored)
        return sums
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
