package import Backend

extension CPUBackend {
    package func descend(
        parameters: CPUParameters, gradients: CPUParameters, learningRates: CPUParameters, counts: SampleCounts
    ) throws(BackendError) {
        let operation = "descend"
        let (models, count) = (parameters.models, parameters.count)
        guard gradients.models == models, gradients.count == count else {
            throw .shapeMismatch(
                operation: operation, expected: "gradients [\(models), \(count)]",
                found: "[\(gradients.models), \(gradients.count)]")
        }
        guard learningRates.models == models, learningRates.count == 1 else {
            throw .shapeMismatch(
                operation: operation, expected: "learning rates [\(models), 1]",
                found: "[\(learningRates.models), \(learningRates.count)]")
        }
        guard counts.models == models else {
            throw .shapeMismatch(
                operation: operation, expected: "\(models) sample counts", found: "\(counts.models)")
        }
        pool.run(models) { model, _ in
            guard counts.perModel[model] > 0 else { return }
            let (values, slopes) = (parameters.model(model), gradients.model(model))
            let rate = learningRates.model(model).pointee
            for index in 0..<count { values[index] -= rate * slopes[index] }
        }
    }
}
