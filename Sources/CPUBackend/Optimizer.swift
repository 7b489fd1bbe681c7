package import Backend

extension CPUBackend {
    package func descend(
        parameters: CPUParameters, gradients: CPUParameters, learningRates: CPUParameters, counts: SampleCounts
    ) throws(BackendError) {
        try validateDescent(
            parameters: parameters, gradients: gradients, learningRates: learningRates, counts: counts)
        let (models, count) = (parameters.models, parameters.count)
        pool.run(models) { model, _ in
            guard counts.perModel[model] > 0 else { return }
            let (values, slopes) = (parameters.model(model), gradients.model(model))
            let rate = learningRates.model(model).pointee
            for index in 0..<count { values[index] -= rate * slopes[index] }
        }
    }
}
