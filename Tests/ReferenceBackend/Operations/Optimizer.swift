package import Backend

/// `parameters -= learningRate * gradients`.
extension ReferenceBackend: OptimizerOperations {
    package func descend(
        parameters: Parameters, gradients: Parameters, learningRates: Parameters, counts: SampleCounts
    ) throws(BackendError) {
        try validateDescent(
            parameters: parameters, gradients: gradients, learningRates: learningRates, counts: counts)
        for model in 0..<parameters.models where counts.perModel[model] > 0 {
            for index in model * parameters.count..<(model + 1) * parameters.count {
                parameters.values[index] = stored(
                    parameters.values[index] - learningRates.values[model] * gradients.values[index])
            }
        }
    }
}
