package import Backend

/// `y[n,o] = b[o] + sum over f of w[o,f] x[n,f]`, and its derivatives.
extension ReferenceBackend: LinearOperations {
    package func uncheckedLinear(
        input: Activation, weights: Slice, bias: Slice, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        let features = input.shape.valuesPerSample
        for model in 0..<input.shape.models {
            for sample in 0..<counts.perModel[model] {
                for unit in 0..<output.shape.channels {
                    var sum = bias[model, unit]
                    for feature in 0..<features {
                        sum += weights[model, unit * features + feature] * input[model, sample, feature]
                    }
                    output[model, sample, unit] = stored(sum)
                }
            }
        }
    }

    package func uncheckedLinearGradients(
        input: Activation, weights: Slice, outputGradient: Activation, counts: SampleCounts, weightGradient: Slice,
        biasGradient: Slice, inputGradient: Activation?
    ) throws(BackendError) {
        linearParameterGradients(
            input: input, outputGradient: outputGradient, counts: counts, weightGradient: weightGradient,
            biasGradient: biasGradient)
        guard let inputGradient else { return }
        let features = inputGradient.shape.valuesPerSample
        for model in 0..<inputGradient.shape.models {
            for sample in 0..<counts.perModel[model] {
                for feature in 0..<features {
                    var sum = 0.0
                    for unit in 0..<outputGradient.shape.channels {
                        sum += weights[model, unit * features + feature] * outputGradient[model, sample, unit]
                    }
                    inputGradient[model, sample, feature] = stored(sum)
                }
            }
        }
    }

    private func linearParameterGradients(
        input: Activation, outputGradient: Activation, counts: SampleCounts, weightGradient: Slice, biasGradient: Slice
    ) {
        let features = input.shape.valuesPerSample
        for model in 0..<input.shape.models {
            let samples = 0..<counts.perModel[model]
            for unit in 0..<outputGradient.shape.channels {
                for feature in 0..<features {
                    let sum = samples.reduce(0) {
                        $0 + outputGradient[model, $1, unit] * input[model, $1, feature]
                    }
                    weightGradient[model, unit * features + feature] = stored(sum)
                }
                biasGradient[model, unit] = stored(samples.reduce(0) { $0 + outputGradient[model, $1, unit] })
            }
        }
    }
}
