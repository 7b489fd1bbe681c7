package import Backend

/// `y[m,n,o,i,j] = b[m,o] + sum over c,u,v of w[m,o,c,u,v] x[m,n,c, i s - p + u, j s - p + v]`, and its derivatives.
extension ReferenceBackend {
    /// Only the convolution: `x` of ``FusedLayer``.
    package func convolve(
        _ convolution: Convolution, input: Activation, weights: Slice, bias: Slice?, counts: SampleCounts,
        output: Activation
    ) {
        let inputPlace = PixelIndex(image: convolution.input)
        for model in 0..<input.shape.models {
            let weights = weights.values(of: model)
            for sample in 0..<counts.perModel[model] {
                let image = input.values(of: model, sample)
                for outputChannel in 0..<convolution.outputChannels {
                    for row in 0..<convolution.output.height {
                        for column in 0..<convolution.output.width {
                            var sum = bias.map { $0[model, outputChannel] } ?? 0
                            convolution.forEachTap(outputChannel, row, column) {
                                channel, inputRow, inputColumn, weight in
                                sum += weights[weight] * image[inputPlace(channel, inputRow, inputColumn)]
                            }
                            output[model, sample, outputChannel, row, column] = stored(sum)
                        }
                    }
                }
            }
        }
    }

    /// The input gradient of a convolution.
    package func convolveInputGradient(
        _ convolution: Convolution, outputGradient: Activation, weights: Slice, counts: SampleCounts,
        accumulate: Bool, inputGradient: Activation
    ) {
        let inputPlace = PixelIndex(image: convolution.input)
        let outputPlace = PixelIndex(image: convolution.output)
        for model in 0..<inputGradient.shape.models {
            let weights = weights.values(of: model)
            for sample in 0..<counts.perModel[model] {
                // The transpose of the forward sum: each output adds its gradient to the inputs that it was computed from.
                let gradients = outputGradient.values(of: model, sample)
                var sums = inputGradient.values(of: model, sample)
                if !accumulate { sums = Array(repeating: 0, count: sums.count) }
                for outputChannel in 0..<convolution.outputChannels {
                    for row in 0..<convolution.output.height {
                        for column in 0..<convolution.output.width {
                            let gradient = gradients[outputPlace(outputChannel, row, column)]
                            convolution.forEachTap(outputChannel, row, column) {
                                channel, inputRow, inputColumn, weight in
                                sums[inputPlace(channel, inputRow, inputColumn)] += weights[weight] * gradient
                            }
                        }
                    }
                }
                for feature in sums.indices { inputGradient[model, sample, feature] = stored(sums[feature]) }
            }
        }
    }

    /// The parameter gradients of a convolution.
    package func convolveParameterGradients(
        _ convolution: Convolution, input: Activation, outputGradient: Activation, counts: SampleCounts,
        weightGradient: Slice, biasGradient: Slice?
    ) {
        let inputPlace = PixelIndex(image: convolution.input)
        let outputPlace = PixelIndex(image: convolution.output)
        for model in 0..<input.shape.models {
            var weightSums = Array(repeating: 0.0, count: convolution.weightCount)
            var biasSums = Array(repeating: 0.0, count: convolution.outputChannels)
            for sample in 0..<counts.perModel[model] {
                let image = input.values(of: model, sample)
                let gradients = outputGradient.values(of: model, sample)
                for outputChannel in 0..<convolution.outputChannels {
                    for row in 0..<convolution.output.height {
                        for column in 0..<convolution.output.width {
                            let gradient = gradients[outputPlace(outputChannel, row, column)]
                            biasSums[outputChannel] += gradient
                            convolution.forEachTap(outputChannel, row, column) {
                                channel, inputRow, inputColumn, weight in
                                weightSums[weight] += gradient * image[inputPlace(channel, inputRow, inputColumn)]
                            }
                        }
                    }
                }
            }
            for index in weightSums.indices { weightGradient[model, index] = stored(weightSums[index]) }
            for index in biasSums.indices { biasGradient?[model, index] = stored(biasSums[index]) }
        }
    }
}

extension Convolution {
    /// Calls `body(channel, row, column, weight)` for each pixel of the image, except its padding, that one pixel of the
    /// output reads, with the index of its weight in `[O, C, kernel.height, kernel.width]`.
    fileprivate func forEachTap(
        _ outputChannel: Int, _ outputRow: Int, _ outputColumn: Int, _ body: (Int, Int, Int, Int) -> Void
    ) {
        for channel in 0..<inputChannels {
            for kernelRow in 0..<kernel.height {
                let row = outputRow * stride.height - padding.height + kernelRow
                guard (0..<input.height).contains(row) else { continue }
                for kernelColumn in 0..<kernel.width {
                    let column = outputColumn * stride.width - padding.width + kernelColumn
                    guard (0..<input.width).contains(column) else { continue }
                    let filter = outputChannel * inputChannels + channel
                    body(channel, row, column, filter * kernel.area + kernelRow * kernel.width + kernelColumn)
                }
            }
        }
    }
}

/// The index of a pixel in the numbers of one sample, `[channel][row][column]`.
private struct PixelIndex {
    let image: Extent

    func callAsFunction(_ channel: Int, _ row: Int, _ column: Int) -> Int {
        (channel * image.height + row) * image.width + column
    }
}
