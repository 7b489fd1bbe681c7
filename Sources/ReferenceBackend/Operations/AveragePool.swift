package import Backend

/// `y[i,j] = mean of x[i s ..< i s + k, j s ..< j s + k]`, and its derivative.
extension ReferenceBackend {
    package func uncheckedAveragePool(
        _ pool: AveragePool, input: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        output.forEachValue(counts) { model, sample, channel, row, column in
            var sum = 0.0
            pool.forEachPixel(row, column) { sum += input[model, sample, channel, $0, $1] }
            output[model, sample, channel, row, column] = stored(sum / Double(pool.kernel.area))
        }
    }

    package func uncheckedAveragePoolGradient(
        _ pool: AveragePool, outputGradient: Activation, counts: SampleCounts, inputGradient: Activation
    ) throws(BackendError) {
        inputGradient.values = inputGradient.values.map { _ in 0 }
        outputGradient.forEachValue(counts) { model, sample, channel, row, column in
            let share = outputGradient[model, sample, channel, row, column] / Double(pool.kernel.area)
            pool.forEachPixel(row, column) { inputGradient[model, sample, channel, $0, $1] += share }
        }
        inputGradient.values = inputGradient.values.map(stored)
    }
}

extension AveragePool {
    /// The pixels of the window of an output pixel.
    fileprivate func forEachPixel(_ row: Int, _ column: Int, _ body: (_ row: Int, _ column: Int) -> Void) {
        for inputRow in row * stride.height..<row * stride.height + kernel.height {
            for inputColumn in column * stride.width..<column * stride.width + kernel.width {
                body(inputRow, inputColumn)
            }
        }
    }
}
