package import Backend

extension CPUBackend {
    package func sgdStep(
        parameters: CPUParameters, gradients: CPUParameters, learningRates: CPUParameters, counts: SampleCounts
    ) throws(BackendError) {
        try validateSGDStep(
            parameters: parameters, gradients: gradients, learningRates: learningRates, counts: counts)
        let (models, count) = (parameters.models, parameters.count)
        pool.run(models) { model, _ in
            guard counts.perModel[model] > 0 else { return }
            let (values, slopes) = (parameters.model(model), gradients.model(model))
            let rate = learningRates.model(model).pointee
            for index in 0..<count { values[index] -= rate * slopes[index] }
        }
    }

    package func sgdStep(
        parameters: CPUParameters, gradients: CPUParameters, velocities: CPUParameters, learningRates: CPUParameters,
        momenta: CPUParameters, weightDecays: CPUParameters, counts: SampleCounts
    ) throws(BackendError) {
        try validateSGDStep(
            parameters: parameters, gradients: gradients, velocities: velocities, learningRates: learningRates,
            momenta: momenta, weightDecays: weightDecays, counts: counts)
        let (models, count) = (parameters.models, parameters.count)
        pool.run(models) { model, _ in
            guard counts.perModel[model] > 0 else { return }
            let step = MomentumStep(
                learningRate: learningRates.model(model).pointee, momentum: momenta.model(model).pointee,
                weightDecay: weightDecays.model(model).pointee)
            step.run(parameters.model(model), gradients.model(model), velocities.model(model), count: count)
        }
    }
}

/// A step of descent with momentum and weight decay, for one model.
private struct MomentumStep {
    let learningRate: Float
    let momentum: Float
    let weightDecay: Float

    /// Moves `count` parameters and their velocities: whole vectors first, then one at a time, by the same arithmetic.
    func run(
        _ parameters: UnsafeMutablePointer<Float>, _ gradients: UnsafeMutablePointer<Float>,
        _ velocities: UnsafeMutablePointer<Float>, count: Int
    ) {
        let whole = count / Vector.scalarCount * Vector.scalarCount
        for index in stride(from: 0, to: whole, by: Vector.scalarCount) {
            // A model's numbers begin anywhere, so the vectors are not aligned.
            let place = UnsafeMutableRawPointer(parameters + index)
            let memory = UnsafeMutableRawPointer(velocities + index)
            let parameter = place.loadUnaligned(as: Vector.self)
            var slope = UnsafeRawPointer(gradients + index).loadUnaligned(as: Vector.self)
            // Where a factor is zero its term is left out, not added: zero times infinity would be NaN.
            if weightDecay != 0 { slope += weightDecay * parameter }
            if momentum != 0 { slope += momentum * memory.loadUnaligned(as: Vector.self) }
            memory.storeBytes(of: slope, as: Vector.self)
            place.storeBytes(of: parameter - learningRate * slope, as: Vector.self)
        }
        for index in whole..<count {
            var slope = gradients[index]
            if weightDecay != 0 { slope += weightDecay * parameters[index] }
            if momentum != 0 { slope += momentum * velocities[index] }
            velocities[index] = slope
            parameters[index] -= learningRate * slope
        }
    }
}
