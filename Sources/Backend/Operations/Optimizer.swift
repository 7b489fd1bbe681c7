/// Stochastic gradient descent with a learning rate for each model.
package protocol OptimizerOperations: StorageOperations {
    /// `parameters[m,i] -= learningRates[m] * gradients[m,i]` for every model that has samples in this step.
    /// - Parameters:
    ///   - gradients: of the shape of `parameters`.
    ///   - learningRates: one number of each model.
    func descend(
        parameters: Parameters, gradients: Parameters, learningRates: Parameters, counts: SampleCounts
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
