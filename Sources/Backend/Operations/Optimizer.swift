/// Stochastic gradient descent with separate settings for each model: PyTorch's `SGD` without dampening and Nesterov
/// momentum.
package protocol OptimizerOperations: StorageOperations {
    /// A plain SGD step: `parameters[m,i] -= learningRates[m] * gradients[m,i]` for every model with samples in this step.
    /// - Parameters:
    ///   - gradients: of the shape of `parameters`.
    ///   - learningRates: one number per model.
    func sgdStep(
        parameters: Parameters, gradients: Parameters, learningRates: Parameters, counts: SampleCounts
    ) throws(BackendError)

    /// An SGD step with momentum and weight decay, for every model with samples in this step.
    ///
    ///     gradient = gradients[m,i] + weightDecays[m] * parameters[m,i]   (without the second term if the decay is 0)
    ///     velocities[m,i] = momenta[m] * velocities[m,i] + gradient       (without the first term if the momentum is 0)
    ///     parameters[m,i] -= learningRates[m] * velocities[m,i]
    ///
    /// The initial velocities are zero. ``sgdStep(parameters:gradients:learningRates:counts:)`` is for models with neither
    /// momentum nor weight decay. For these, this operation gives the same numbers except for the last bit.
    /// - Parameters:
    ///   - gradients: of the shape of `parameters`.
    ///   - velocities: of the shape of `parameters`; updated.
    ///   - learningRates: one number per model.
    ///   - momenta: one number per model.
    ///   - weightDecays: one number per model.
    func sgdStep(
        parameters: Parameters, gradients: Parameters, velocities: Parameters, learningRates: Parameters,
        momenta: Parameters, weightDecays: Parameters, counts: SampleCounts
    ) throws(BackendError)
}

/// Checks the shapes of a plain SGD step.
///
/// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
package func validateSGDStep<Parameters: ParameterStorage>(
    parameters: Parameters, gradients: Parameters, learningRates: Parameters, counts: SampleCounts
) throws(BackendError) {
    let operation = "SGD step"
    try ParameterSlice(gradients).validate(
        models: parameters.models, count: parameters.count, "gradients", operation: operation)
    try ParameterSlice(learningRates).validate(
        models: parameters.models, count: 1, "learning rates", operation: operation)
    try requireShape(counts.models, is: parameters.models, "number of sample counts", operation: operation)
}

/// Checks the shapes of an SGD step with momentum and weight decay.
///
/// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
package func validateSGDStep<Parameters: ParameterStorage>(
    parameters: Parameters, gradients: Parameters, velocities: Parameters, learningRates: Parameters,
    momenta: Parameters, weightDecays: Parameters, counts: SampleCounts
) throws(BackendError) {
    try validateSGDStep(parameters: parameters, gradients: gradients, learningRates: learningRates, counts: counts)
    let operation = "SGD step"
    try ParameterSlice(velocities).validate(
        models: parameters.models, count: parameters.count, "velocities", operation: operation)
    try ParameterSlice(momenta).validate(models: parameters.models, count: 1, "momenta", operation: operation)
    try ParameterSlice(weightDecays).validate(
        models: parameters.models, count: 1, "weight decays", operation: operation)
}
