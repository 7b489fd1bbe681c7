package import Backend

/// `y[m,n,o,i,j] = b[m,o] + sum over c,u,v of w[m,o,c,u,v] x[m,n,c, i s - p + u, j s - p + v]`, and its derivatives.
extension ReferenceBackend: ConvolutionOperations {
    package func convolve(
        _ convolution: Convolution, input: Activation, weights: Slice, bias: Slice?, counts: SampleCounts,
        output: Activation
    ) throws(BackendError) {
        let operation = "convolution"
        try convolution.validate(input: input.shape, output: output.shape, counts: counts, operation: operation)
        try convolution.validate(weights: weights, bias: bias, models: input.shape.models, operation: operation)
        for model in 0..<input.shape.models {
            for sample in 0..<counts.perModel[model] {
                for outputChannel in 0..<convolution.outputChannels {
                    for row in 0..<convolution.output.height {
                        for column in 0..<convolution.output.width {
                            var sum = bias.map { $0[model, outputChannel] } ?? 0
                            convolution.forEachTap(row: row, column: column) { inputRow, inputColumn, tap in
                                for channel in 0..<convolution.inputChannels {
                                    let weight = convolution.weightIndex(outputChannel, channel, tap)
                                    sum += weights[model, weight] * input[model, sample, channel, inputRow, inputColumn]
                                }
                            }
                            output[model, sample, outputChannel, row, column] = stored(sum)
                        }
                    }
                }
            }
        }
    }

    package func convolveInputGradient(
        _ convolution: Convolution, outputGradient: Activation, weights: Slice, counts: SampleCounts,
        accumulate: Bool, inputGradient: Activation
    ) throws(BackendError) {
        let operation = "convolution input gradient"
        try convolution.validate(
            input: inputGradient.shape, output: outputGradient.shape, counts: counts, operation: operation)
        try convolution.validate(weights: weights, bias: nil, models: inputGradient.shape.models, operation: operation)
        let shape = inputGradient.shape
        // The forward sum read backwards: each output sends its gradient to the inputs it was made of.
        let sums = ReferenceActivation(shape)
        if accumulate { sums.values = inputGradient.values }
        for model in 0..<shape.models {
            for sample in 0..<counts.perModel[model] {
                for outputChannel in 0..<convolution.outputChannels {
                    for row in 0..<convolution.output.height {
                        for column in 0..<convolution.output.width {
                            let gradient = outputGradient[model, sample, outputChannel, row, column]
                            convolution.forEachTap(row: row, column: column) { inputRow, inputColumn, tap in
                                for channel in 0..<convolution.inputChannels {
                                    let weight = convolution.weightIndex(outputChannel, channel, tap)
                                    sums[model, sample, channel, inputRow, inputColumn] +=
                                        weights[model, weight] * gradient
                                }
                            }
                        }
                    }
                }
                for feature in 0..<shape.valuesPerSample {
                    inputGradient[model, sample, feature] = stored(sums[model, sample, feature])
                }
            }
        }
    }

    package func convolveParameterGradients(
        _ convolution: Convolution, input: Activation, outputGradient: Activation, counts: SampleCounts,
        weightGradient: Slice, biasGradient: Slice?
    ) throws(BackendError) {
        let operation = "convolution parameter gradients"
        try convolution.validate(
            input: input.shape, output: outputGradient.shape, counts: counts, operation: operation)
        try convolution.validate(
            weights: weightGradient, bias: biasGradient, models: input.shape.models, operation: operation)
        for model in 0..<input.shape.models {
            for outputChannel in 0..<convolution.outputChannels {
                var weightSums = Array(repeating: 0.0, count: convolution.inputChannels * convolution.kernel.area)
                var biasSum = 0.0
                for sample in 0..<counts.perModel[model] {
                    for row in 0..<convolution.output.height {
                        for column in 0..<convolution.output.width {
                            let gradient = outputGradient[model, sample, outputChannel, row, column]
                            biasSum += gradient
                            convolution.forEachTap(row: row, column: column) { inputRow, inputColumn, tap in
                                for channel in 0..<convolution.inputChannels {
                                    weightSums[convolution.weightIndex(0, channel, tap)] +=
                                        gradient * input[model, sample, channel, inputRow, inputColumn]
                                }
                            }
                        }
                    }
                }
                for (index, sum) in weightSums.enumerated() {
                    weightGradient[model, outputChannel * weightSums.count + index] = stored(sum)
                }
                biasGradient?[model, outputChannel] = stored(biasSum)
            }
        }
    }
}

extension Convolution {
    /// Calls `body(input row, input column, tap)` for each place of the kernel that meets the image, not its padding,
    /// when the kernel makes one pixel of the output.
    fileprivate func forEachTap(row: Int, column: Int, _ body: (Int, Int, Int) -> Void) {
        for kernelRow in 0..<kernel.height {
            let inputRow = row * stride.height - padding.height + kernelRow
            guard (0..<input.height).contains(inputRow) else { continue }
            for kernelColumn in 0..<kernel.width {
                let inputColumn = column * stride.width - padding.width + kernelColumn
                guard (0..<input.width).contains(inputColumn) else { continue }
                body(inputRow, inputColumn, kernelRow * kernel.width + kernelColumn)
            }
        }
    }

    /// The place of a weight in `[O, C, kernel.height, kernel.width]`.
    fileprivate func weightIndex(_ outputChannel: Int, _ inputChannel: Int, _ tap: Int) -> Int {
        (outputChannel * inputChannels + inputChannel) * kernel.area + tap
    }

    fileprivate func validate(
        weights: ParameterSlice<ReferenceParameters>, bias: ParameterSlice<ReferenceParameters>?, models: Int,
        operation: String
    ) throws(BackendError) {
        try weights.validate(models: models, count: weightCount, "weights", operation: operation)
        try bias?.validate(models: models, count: outputChannels, "bias", operation: operation)
    }
}
