package import Backend

/// SGD steps: plain, and with momentum and weight decay.
extension ReferenceBackend: OptimizerOperations {
    package func uncheckedSelectLearningRates(
        from schedule: Parameters, step: Int, to learningRates: Parameters
    ) throws(BackendError) {
        for model in 0..<schedule.models {
            learningRates.values[model] = schedule.values[model * schedule.count + step]
        }
    }

    package func uncheckedClipGradients(
        _ gradients: Parameters, maxima: Parameters, counts: SampleCounts
    ) throws(BackendError) {
        for model in 0..<gradients.models where counts.perModel[model] > 0 && maxima.values[model] != 0 {
            let range = model * gradients.count..<(model + 1) * gradients.count
            let norm = gradients.values[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
            let factor = maxima.values[model] / (norm + 1e-6)
            guard !(factor >= 1) else { continue }
            for index in range { gradients.values[index] = stored(gradients.values[index] * factor) }
        }
    }

    package func uncheckedSGDStep(
        parameters: Parameters, gradients: Parameters, learningRates: Parameters, counts: SampleCounts
    ) throws(BackendError) {
        for model in 0..<parameters.models where counts.perModel[model] > 0 {
            for index in model * parameters.count..<(model + 1) * parameters.count {
                parameters.values[index] = stored(
                    parameters.values[index] - learningRates.values[model] * gradients.values[index])
            }
        }
    }

    package func uncheckedSGDStep(
        parameters: Parameters, gradients: Parameters, velocities: Parameters, learningRates: Parameters,
        momenta: Parameters, weightDecays: Parameters, nesterov: Bool, counts: SampleCounts
    ) throws(BackendError) {
        for model in 0..<parameters.models where counts.perModel[model] > 0 {
            let (momentum, decay) = (momenta.values[model], weightDecays.values[model])
            for index in model * parameters.count..<(model + 1) * parameters.count {
                var gradient = gradients.values[index]
                if decay != 0 { gradient += decay * parameters.values[index] }
                let withoutMomentum = gradient
                if momentum != 0 { gradient += momentum * velocities.values[index] }
                velocities.values[index] = stored(gradient)
                if nesterov, momentum != 0 { gradient = withoutMomentum + momentum * gradient }
                parameters.values[index] = stored(parameters.values[index] - learningRates.values[model] * gradient)
            }
        }
    }
}
