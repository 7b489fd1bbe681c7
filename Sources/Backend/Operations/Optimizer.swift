/// The requirements of a backend for stochastic gradient descent with separate settings for each model, as PyTorch's `SGD`
/// without dampening; callers use the checked functions of the same names.
package protocol OptimizerOperations: StorageOperations {
    /// ``selectLearningRates(from:step:to:)`` without checks.
    func uncheckedSelectLearningRates(
        from schedule: Parameters, step: Int, to learningRates: Parameters
    ) throws(BackendError)

    /// ``clipGradients(_:maxima:counts:)`` without checks.
    func uncheckedClipGradients(
        _ gradients: Parameters, maxima: Parameters, counts: SampleCounts
    ) throws(BackendError)

    /// ``sgdStep(parameters:gradients:learningRates:counts:)`` without checks.
    func uncheckedSGDStep(
        parameters: Parameters, gradients: Parameters, learningRates: Parameters, counts: SampleCounts
    ) throws(BackendError)

    /// ``sgdStep(parameters:gradients:velocities:learningRates:momenta:weightDecays:nesterov:counts:)`` without checks.
    func uncheckedSGDStep(
        parameters: Parameters, gradients: Parameters, velocities: Parameters, learningRates: Parameters,
        momenta: Parameters, weightDecays: Parameters, nesterov: Bool, counts: SampleCounts
    ) throws(BackendError)
}

extension OptimizerOperations {
    /// The learning rates of a step: `learningRates[m] = schedule[m, step]`.
    ///
    /// - Parameters:
    ///   - schedule: the learning rates of all steps of a pass, `[model][step]`.
    ///   - step: the number of the step in its pass.
    ///   - learningRates: one number per model.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func selectLearningRates(
        from schedule: Parameters, step: Int, to learningRates: Parameters
    ) throws(BackendError) {
        let operation = "learning rates of a step"
        try Slice(learningRates).validate(
            models: schedule.models, count: 1, "learning rates", operation: operation)
        guard (0..<schedule.count).contains(step) else {
            throw .shapeMismatch(
                operation: operation, expected: "a step of a schedule of \(schedule.count)", found: "step \(step)")
        }
        try uncheckedSelectLearningRates(from: schedule, step: step, to: learningRates)
    }

    /// Limits the norm of the gradients of every model with samples in this step, as PyTorch's `clip_grad_norm_`.
    ///
    /// With `n` the square root of the sum of all squares of a model's gradients, they are multiplied by
    /// `maxima[m] / (n + 1e-6)` if that is below 1, or NaN. A model whose maximum is 0 has no limit.
    /// - Parameters:
    ///   - gradients: updated.
    ///   - maxima: one number per model, not negative.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func clipGradients(
        _ gradients: Parameters, maxima: Parameters, counts: SampleCounts
    ) throws(BackendError) {
        try validate(gradients, [:], perModel: ["maxima": maxima], counts, operation: "clipping of gradients")
        try uncheckedClipGradients(gradients, maxima: maxima, counts: counts)
    }

    /// A plain SGD step: `parameters[m,i] -= learningRates[m] * gradients[m,i]` for every model with samples in this step.
    ///
    /// - Parameters:
    ///   - gradients: of the shape of `parameters`.
    ///   - learningRates: one number per model.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func sgdStep(
        parameters: Parameters, gradients: Parameters, learningRates: Parameters, counts: SampleCounts
    ) throws(BackendError) {
        try validate(parameters, ["gradients": gradients], perModel: ["learning rates": learningRates], counts)
        try uncheckedSGDStep(
            parameters: parameters, gradients: gradients, learningRates: learningRates, counts: counts)
    }

    /// An SGD step with momentum and weight decay, for every model with samples in this step.
    ///
    ///     gradient = gradients[m,i] + weightDecays[m] * parameters[m,i]   (without the second term if the decay is 0)
    ///     velocities[m,i] = momenta[m] * velocities[m,i] + gradient       (without the first term if the momentum is 0)
    ///     parameters[m,i] -= learningRates[m] * velocities[m,i]
    ///
    /// With Nesterov momentum the last line is
    ///
    ///     parameters[m,i] -= learningRates[m] * (gradient + momenta[m] * velocities[m,i])
    ///
    /// The initial velocities are zero. ``sgdStep(parameters:gradients:learningRates:counts:)`` is for models with neither
    /// momentum nor weight decay. For these, this operation gives the same numbers except for the last bit.
    /// - Parameters:
    ///   - gradients: of the shape of `parameters`.
    ///   - velocities: of the shape of `parameters`; updated.
    ///   - learningRates: one number per model.
    ///   - momenta: one number per model.
    ///   - weightDecays: one number per model.
    ///   - nesterov: whether the step also looks ahead along the new velocity.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func sgdStep(
        parameters: Parameters, gradients: Parameters, velocities: Parameters, learningRates: Parameters,
        momenta: Parameters, weightDecays: Parameters, nesterov: Bool = false, counts: SampleCounts
    ) throws(BackendError) {
        try validate(
            parameters, ["gradients": gradients, "velocities": velocities],
            perModel: ["learning rates": learningRates, "momenta": momenta, "weight decays": weightDecays], counts)
        try uncheckedSGDStep(
            parameters: parameters, gradients: gradients, velocities: velocities, learningRates: learningRates,
            momenta: momenta, weightDecays: weightDecays, nesterov: nesterov, counts: counts)
    }

    /// - Parameters:
    ///   - like: storages of the shape of `parameters`.
    ///   - perModel: storages of one number per model.
    private func validate(
        _ parameters: Parameters, _ like: KeyValuePairs<String, Parameters>,
        perModel: KeyValuePairs<String, Parameters>, _ counts: SampleCounts, operation: String = "SGD step"
    ) throws(BackendError) {
        for (name, storage) in like {
            try Slice(storage).validate(
                models: parameters.models, count: parameters.count, name, operation: operation)
        }
        for (name, storage) in perModel {
            try Slice(storage).validate(models: parameters.models, count: 1, name, operation: operation)
        }
        try requireShape(counts.models, is: parameters.models, "number of sample counts", operation: operation)
    }
}
