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
