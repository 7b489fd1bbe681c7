package import Backend

/// `parameters -= learningRate * gradients`.
extension ReferenceBackend: OptimizerOperations {
    package func descend(
        parameters: Parameters, gradients: Parameters, learningRates: Parameters, counts: SampleCounts
    ) throws(BackendError) {
        let operation = "descend"
        for (what, found, expected) in [
            ("models of gradients", gradients.models, parameters.models),
            ("numbers of gradients", gradients.count, parameters.count),
            ("models of learning rates", learningRates.models, parameters.models),
            ("learning rates a model", learningRates.count, 1),
            ("sample counts", counts.models, parameters.models),
        ] {
            try requireShape(found, is: expected, what, operation: operation)
        }
        for model in 0..<parameters.models where counts.perModel[model] > 0 {
            for index in model * parameters.count..<(model + 1) * parameters.count {
                parameters.values[index] = stored(
                    parameters.values[index] - learningRates.values[model] * gradients.values[index])
            }
        }
    }
}
