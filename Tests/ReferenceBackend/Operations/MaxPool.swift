package import Backend

/// `y[i,j] = max of x[i s ..< i s + k, j s ..< j s + k]`, and its derivative.
extension ReferenceBackend {
    /// Max-pooling alone.
    package func maxPool(_ pool: MaxPool, input: Activation, counts: SampleCounts, output: Activation)
        throws(BackendError)
    {
        try pool.validate(on: input.shape.image, operation: "max-pool")
        forEachWindow(of: output, counts) { model, sample, channel, row, column in
            let winner = pool.winner(in: input, model, sample, channel, row, column)
            output[model, sample, channel, row, column] =
                input[model, sample, channel, winner.row, winner.column]
        }
    }

    /// The gradient of max-pooling alone.
    package func maxPoolGradient(
        _ pool: MaxPool, input: Activation, outputGradient: Activation, counts: SampleCounts, inputGradient: Activation
    ) throws(BackendError) {
        try pool.validate(on: input.shape.image, operation: "max-pool gradient")
        let sums = ReferenceActivation(input.shape)
        forEachWindow(of: outputGradient, counts) { model, sample, channel, row, column in
            let winner = pool.winner(in: input, model, sample, channel, row, column)
            sums[model, sample, channel, winner.row, winner.column] +=
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
    /// The place of a window's maximum: the first of equal ones, the last NaN if there is one.
    fileprivate func winner(
        in input: ReferenceActivation, _ model: Int, _ sample: Int, _ channel: Int, _ row: Int, _ column: Int
    ) -> (row: Int, column: Int) {
        var winner = (row: row * stride.height, column: column * stride.width)
        for inputRow in row * stride.height..<row * stride.height + kernel.height {
            for inputColumn in column * stride.width..<column * stride.width + kernel.width {
                let value = input[model, sample, channel, inputRow, inputColumn]
                if value > input[model, sample, channel, winner.row, winner.column] || value.isNaN {
                    winner = (inputRow, inputColumn)
                }
            }
        }
        return winner
    }
}
