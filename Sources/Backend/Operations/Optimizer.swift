/// Stochastic gradient descent with settings for each model, as PyTorch's `SGD` without dampening and Nesterov's
/// correction.
package protocol OptimizerOperations: StorageOperations {
    /// `parameters[m,i] -= learningRates[m] * gradients[m,i]` for every model that has samples in this step.
    /// - Parameters:
    ///   - gradients: of the shape of `parameters`.
    ///   - learningRates: one number of each model.
    func descend(
        parameters: Parameters, gradients: Parameters, learningRates: Parameters, counts: SampleCounts
    ) throws(BackendError)

    /// Descent with momentum and weight decay, for every model that has samples in this step.
    ///
    ///     slope = gradients[m,i] + weightDecays[m] * parameters[m,i]      (the gradient alone where the decay is 0)
    ///     velocities[m,i] = momenta[m] * velocities[m,i] + slope          (the slope alone where the momentum is 0)
    ///     parameters[m,i] -= learningRates[m] * velocities[m,i]
    ///
    /// Velocities begin at zero. A model with neither momentum nor decay is for ``descend(parameters:gradients:learningRates:counts:)``,
    /// which gives the same numbers, though not always in the last bit.
    /// - Parameters:
    ///   - gradients: of the shape of `parameters`.
    ///   - velocities: of the shape of `parameters`; updated.
    ///   - learningRates: one number of each model.
    ///   - momenta: one number of each model.
    ///   - weightDecays: one number of each model.
    func descend(
        parameters: Parameters, gradients: Parameters, velocities: Parameters, learningRates: Parameters,
        momenta: Parameters, weightDecays: Parameters, counts: SampleCounts
    ) throws(BackendError)
}

/// Throws unless the shapes fit one step of gradient descent.
package func validateDescent<Parameters: ParameterStorage>(
    parameters: Parameters, gradients: Parameters, learningRates: Parameters, counts: SampleCounts
) throws(BackendError) {
    let operation = "descend"
    try ParameterSlice(gradients).validate(
        models: parameters.models, count: parameters.count, "gradients", operation: operation)
    try ParameterSlice(learningRates).validate(
        models: parameters.models, count: 1, "learning rates", operation: operation)
    try requireShape(counts.models, is: parameters.models, "number of sample counts", operation: operation)
}

/// Throws unless the shapes fit one step of gradient descent with momentum and weight decay.
package func validateDescent<Parameters: ParameterStorage>(
    parameters: Parameters, gradients: Parameters, velocities: Parameters, learningRates: Parameters,
    momenta: Parameters, weightDecays: Parameters, counts: SampleCounts
) throws(BackendError) {
    try validateDescent(parameters: parameters, gradients: gradients, learningRates: learningRates, counts: counts)
    let operation = "descend"
    try ParameterSlice(velocities).validate(
        models: parameters.models, count: parameters.count, "velocities", operation: operation)
    try ParameterSlice(momenta).validate(models: parameters.models, count: 1, "momenta", operation: operation)
    try ParameterSlice(weightDecays).validate(
        models: parameters.models, count: 1, "weight decays", operation: operation)
}
