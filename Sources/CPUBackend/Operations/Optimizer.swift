package import Backend
internal import CProcessor

extension CPUBackend {
    package func uncheckedSelectLearningRates(
        from schedule: CPUParameters, step: Int, to learningRates: CPUParameters
    ) throws(BackendError) {
        for model in 0..<schedule.models { learningRates.model(model).pointee = schedule.model(model)[step] }
    }

    package func uncheckedClipGradients(
        _ gradients: CPUParameters, maxima: CPUParameters, counts: SampleCounts
    ) throws(BackendError) {
        let count = gradients.count
        pool.run(gradients.models) { model, _ in
            let maximum = maxima.model(model).pointee
            guard counts.perModel[model] > 0, maximum != 0 else { return }
            let values = gradients.model(model)
            let factor = Float(Double(maximum) / (sumOfSquares(values, count: count).squareRoot() + 1e-6))
            // NaN is a factor too.
            guard !(factor >= 1) else { return }
            for index in 0..<count { values[index] *= factor }
        }
    }

    package func uncheckedSGDStep(
        parameters: CPUParameters, gradients: CPUParameters, learningRates: CPUParameters, counts: SampleCounts
    ) throws(BackendError) {
        let (models, count) = (parameters.models, parameters.count)
        pool.run(models) { model, _ in
            guard counts.perModel[model] > 0 else { return }
            let (values, gradient) = (parameters.model(model), gradients.model(model))
            let rate = learningRates.model(model).pointee
            for index in 0..<count { values[index] -= rate * gradient[index] }
        }
    }

    package func uncheckedSGDStep(
        parameters: CPUParameters, gradients: CPUParameters, velocities: CPUParameters, learningRates: CPUParameters,
        momenta: CPUParameters, weightDecays: CPUParameters, nesterov: Bool, counts: SampleCounts
    ) throws(BackendError) {
        let (models, count) = (parameters.models, parameters.count)
        pool.run(models) { model, _ in
            guard counts.perModel[model] > 0 else { return }
            let step = MomentumStep(
                learningRate: learningRates.model(model).pointee, momentum: momenta.model(model).pointee,
                weightDecay: weightDecays.model(model).pointee, nesterov: nesterov)
            step.run(parameters.model(model), gradients.model(model), velocities.model(model), count: count)
        }
    }
}

/// The sum of the squares in Double, so that the error does not grow with the count, in four independent vectors of sums.
private func sumOfSquares(_ values: UnsafePointer<Float>, count: Int) -> Double {
    var sums = (LaneDoubles(), LaneDoubles(), LaneDoubles(), LaneDoubles())
    func squares(_ index: Int) -> LaneDoubles {
        let doubles = nativeDoubles(UnsafeRawPointer(values + index).loadUnaligned(as: Vector.self))
        return doubles * doubles
    }
    let width = Vector.scalarCount
    let whole = count / (4 * width) * 4 * width
    for index in stride(from: 0, to: whole, by: 4 * width) {
        sums.0 += squares(index)
        sums.1 += squares(index + width)
        sums.2 += squares(index + 2 * width)
        sums.3 += squares(index + 3 * width)
    }
    var rest = 0.0
    for index in whole..<count { rest += Double(values[index]) * Double(values[index]) }
    return laneSum((sums.0 + sums.1) + (sums.2 + sums.3)) + rest
}

/// An SGD step with momentum and weight decay, for one model.
private struct MomentumStep {
    let learningRate: Float
    let momentum: Float
    let weightDecay: Float
    let nesterov: Bool

    /// Updates `count` parameters and their velocities: whole vectors first, then single numbers with the same arithmetic.
    func run(
        _ parameters: UnsafeMutablePointer<Float>, _ gradients: UnsafeMutablePointer<Float>,
        _ velocities: UnsafeMutablePointer<Float>, count: Int
    ) {
        let whole = count / Vector.scalarCount * Vector.scalarCount
        for index in stride(from: 0, to: whole, by: Vector.scalarCount) {
            // The numbers of a model may begin at any index, so the vectors are not aligned.
            let parameterAddress = UnsafeMutableRawPointer(parameters + index)
            let velocityAddress = UnsafeMutableRawPointer(velocities + index)
            let parameter = parameterAddress.loadUnaligned(as: Vector.self)
            var gradient = UnsafeRawPointer(gradients + index).loadUnaligned(as: Vector.self)
            // A term with a zero factor is skipped: zero times infinity would be NaN.
            if weightDecay != 0 { gradient += weightDecay * parameter }
            let withoutMomentum = gradient
            if momentum != 0 { gradient += momentum * velocityAddress.loadUnaligned(as: Vector.self) }
            velocityAddress.storeBytes(of: gradient, as: Vector.self)
            if nesterov, momentum != 0 { gradient = withoutMomentum + momentum * gradient }
            parameterAddress.storeBytes(of: parameter - learningRate * gradient, as: Vector.self)
        }
        for index in whole..<count {
            var gradient = gradients[index]
            if weightDecay != 0 { gradient += weightDecay * parameters[index] }
            let withoutMomentum = gradient
            if momentum != 0 { gradient += momentum * velocities[index] }
            velocities[index] = gradient
            if nesterov, momentum != 0 { gradient = withoutMomentum + momentum * gradient }
            parameters[index] -= learningRate * gradient
        }
    }
}
