import Backend

/// A plain SGD step.
struct OptimizerCase: ParityOperation {
    let operation = CheckedOperation.optimizer
    /// The number of parameters per model.
    var count: Int
    var counts: SampleCounts

    var poisonable: [String] { ["parameters", "gradients"] }
    var description: String { "\(count) parameters, \(counts.perModel) samples" }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: count)
        return Tensors([
            "parameters": randoms.parameters(models: models, count: count),
            "gradients": randoms.parameters(models: models, count: count),
            "learningRates": randoms.parameters(models: models, count: 1),
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let parameters = try backend.upload(inputs["parameters"]).storage
        try backend.sgdStep(
            parameters: parameters, gradients: backend.upload(inputs["gradients"]).storage,
            learningRates: backend.upload(inputs["learningRates"]).storage, counts: counts)
        return Tensors([
            "parameters": StackTensor(models: counts.models, count: count, try backend.read(parameters))
        ])
    }

    /// A product, a subtraction and the reference's rounding.
    func tolerances(_ inputs: Tensors, expected: Tensors) -> [String: [Double]] {
        let tolerances = inputs["parameters"].values.indices.map { index -> Double in
            let model = index / count
            guard counts.perModel[model] > 0 else { return 0 }
            let step = Double(inputs["learningRates"].values[model]) * Double(inputs["gradients"].values[index])
            return 3 * Tolerance.u * (abs(Double(inputs["parameters"].values[index])) + abs(step))
                + Tolerance.flushed(2)
        }
        return ["parameters": tolerances]
    }

    static let all: [OptimizerCase] = [
        OptimizerCase(count: 1, counts: SampleCounts([1])),
        OptimizerCase(count: 17, counts: SampleCounts([64, 0, 15, 2, 1])),
        OptimizerCase(count: 11_866, counts: SampleCounts([0, 3])),
    ]
}

/// Two SGD steps with momentum and weight decay, from velocities that are not zero.
struct MomentumCase: ParityOperation {
    let operation = CheckedOperation.optimizer
    /// The number of parameters per model.
    var count: Int
    var counts: SampleCounts
    var nesterov = false

    var poisonable: [String] { ["parameters", "gradients", "velocities"] }
    var description: String {
        "\(count) parameters with \(nesterov ? "Nesterov " : "")momentum, \(counts.perModel) samples"
    }

    /// One third of the models has no momentum, another third no weight decay.
    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: count)
        var momenta = randoms.parameters(models: models, count: 1)
        var weightDecays = randoms.parameters(models: models, count: 1)
        for model in 0..<models where model % 3 == 1 { momenta.values[model] = 0 }
        for model in 0..<models where model % 3 == 2 { weightDecays.values[model] = 0 }
        return Tensors([
            "parameters": randoms.parameters(models: models, count: count),
            "gradients": randoms.parameters(models: models, count: count),
            "velocities": randoms.parameters(models: models, count: count),
            "learningRates": randoms.parameters(models: models, count: 1),
            "momenta": momenta, "weightDecays": weightDecays,
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let parameters = try backend.upload(inputs["parameters"]).storage
        let velocities = try backend.upload(inputs["velocities"]).storage
        for _ in 0..<2 {
            try backend.sgdStep(
                parameters: parameters, gradients: backend.upload(inputs["gradients"]).storage,
                velocities: velocities, learningRates: backend.upload(inputs["learningRates"]).storage,
                momenta: backend.upload(inputs["momenta"]).storage,
                weightDecays: backend.upload(inputs["weightDecays"]).storage, nesterov: nesterov, counts: counts)
        }
        return Tensors([
            "parameters": StackTensor(models: counts.models, count: count, try backend.read(parameters)),
            "velocities": StackTensor(models: counts.models, count: count, try backend.read(velocities)),
        ])
    }

    /// The exact steps on absolute values, times the number of roundings of a term.
    ///
    /// A term of a velocity has the roundings of two products and two sums in each of two steps, and those of the parameter in
    /// the first step (a product and a difference). A term of a parameter has a product and a difference more in each step.
    /// The reference's rounding is one more. With Nesterov momentum a parameter has another product and another sum in each
    /// step.
    func tolerances(_ inputs: Tensors, expected: Tensors) -> [String: [Double]] {
        var tolerances: [String: [Double]] = ["parameters": [], "velocities": []]
        let more = nesterov ? 2 : 0
        for index in inputs["parameters"].values.indices {
            let model = index / count
            guard counts.perModel[model] > 0 else {
                tolerances["parameters"]?.append(0)
                tolerances["velocities"]?.append(0)
                continue
            }
            func size(_ name: String, _ index: Int) -> Double { abs(Double(inputs[name].values[index])) }
            var (parameter, velocity) = (size("parameters", index), size("velocities", index))
            for _ in 0..<2 {
                velocity =
                    size("momenta", model) * velocity + size("gradients", index)
                    + size("weightDecays", model) * parameter
                // The gradient without the momentum is at most the velocity.
                let step = nesterov ? velocity + size("momenta", model) * velocity : velocity
                parameter += size("learningRates", model) * step
            }
            tolerances["velocities"]?.append(
                Double(11 + more) * Tolerance.u * velocity + Tolerance.flushed(8 + more))
            tolerances["parameters"]?.append(
                Double(13 + 2 * more) * Tolerance.u * parameter + Tolerance.flushed(10 + 2 * more))
        }
        return tolerances
    }

    static let all: [MomentumCase] = [
        MomentumCase(count: 1, counts: SampleCounts([1])),
        MomentumCase(count: 19, counts: SampleCounts([64, 0, 15, 2, 1])),
        MomentumCase(count: 11_866, counts: SampleCounts([0, 3, 1])),
        MomentumCase(count: 19, counts: SampleCounts([64, 0, 15, 2, 1]), nesterov: true),
        MomentumCase(count: 11_866, counts: SampleCounts([0, 3, 1]), nesterov: true),
    ]
}

/// Gradients whose norm is limited: in half of the models to less than it is, in others to more, and in some not at all.
struct ClipCase: ParityOperation {
    let operation = CheckedOperation.optimizer
    /// The number of parameters per model.
    var count: Int
    var counts: SampleCounts

    var poisonable: [String] { ["gradients"] }
    var description: String { "\(count) gradients with a limit of their norm, \(counts.perModel) samples" }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: count)
        let gradients = randoms.parameters(models: models, count: count)
        let maxima = (0..<models).map { model in
            let norm = gradients.values(of: model).reduce(0) { $0 + $1 * $1 }.squareRoot()
            return [norm / 3, norm / 100, 2 * norm, 0][model % 4]
        }
        return Tensors(["gradients": gradients, "maxima": StackTensor(models: models, count: 1, maxima)])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let gradients = try backend.upload(inputs["gradients"]).storage
        try backend.clipGradients(
            gradients, maxima: backend.upload(inputs["maxima"]).storage, counts: counts)
        return Tensors(["gradients": StackTensor(models: counts.models, count: count, try backend.read(gradients))])
    }

    /// The squares, their sum, the root (6 u), a sum, the quotient (5 u), and the product with the reference's rounding.
    ///
    /// Gradients that are not clipped are the same.
    func tolerances(_ inputs: Tensors, expected: Tensors) -> [String: [Double]] {
        let roundings = Tolerance.roundings(ofLongSum: count) + 14
        let tolerances = expected["gradients"].values.indices.map { index -> Double in
            let (before, after) = (inputs["gradients"].values[index], expected["gradients"].values[index])
            return before == after ? 0 : roundings * Tolerance.u * abs(Double(after)) + Tolerance.flushed(2)
        }
        return ["gradients": tolerances]
    }

    static let all: [ClipCase] = [
        ClipCase(count: 1, counts: SampleCounts([1])),
        ClipCase(count: 19, counts: SampleCounts([64, 0, 15, 2, 1, 3])),
        ClipCase(count: 11_866, counts: SampleCounts([3, 1, 1, 2])),
        ClipCase(count: 131_073, counts: SampleCounts([1, 0])),
    ]
}

/// The learning rates of one step of a schedule.
struct ScheduleCase: ParityOperation {
    let operation = CheckedOperation.optimizer
    var steps: Int
    var step: Int
    /// Every model has a learning rate, also one without samples.
    var counts: SampleCounts

    var poisonable: [String] { [] }
    var description: String { "learning rates of step \(step) of \(steps), \(models) models" }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: steps)
        return Tensors(["schedule": randoms.parameters(models: models, count: steps)])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let rates = try backend.makeParameters(models: counts.models, count: 1)
        try backend.selectLearningRates(
            from: backend.upload(inputs["schedule"]).storage, step: step, to: rates)
        return Tensors(["rates": StackTensor(models: counts.models, count: 1, try backend.read(rates))])
    }

    /// The numbers are copied.
    func tolerances(_ inputs: Tensors, expected: Tensors) -> [String: [Double]] { [:] }

    static let all: [ScheduleCase] = [
        ScheduleCase(steps: 1, step: 0, counts: SampleCounts([1])),
        ScheduleCase(steps: 750, step: 749, counts: SampleCounts([64, 0, 3])),
        ScheduleCase(steps: 7, step: 2, counts: SampleCounts(Array(repeating: 1, count: 300))),
    ]
}

/// What an SGD step does with zeros, and with a model without samples.
private enum SpecialSteps {
    /// A term with a zero factor is skipped: zero times an infinite velocity or parameter would be NaN.
    ///
    /// A model without samples keeps its velocity.
    static let zeroFactors = ParityCheck(.optimizer, "zero factors leave terms out") {
        backend throws(BackendError) in try leaveTermsOut(on: backend)
    }

    private static func leaveTermsOut(on backend: some Backend) throws(BackendError) -> [Comparison] {
        func upload<B: Backend>(_ values: [Float], to backend: B) throws(BackendError) -> B.Parameters {
            try backend.upload(StackTensor(models: 3, count: values.count / 3, values)).storage
        }
        let parameters = try upload([.infinity, 1, .infinity, 1, 1, 1], to: backend)
        let velocities = try upload([.infinity, .infinity, .infinity, .infinity, 5, 5], to: backend)
        try backend.sgdStep(
            parameters: parameters, gradients: upload([1, 2, 1, 2, .nan, .nan], to: backend),
            velocities: velocities, learningRates: upload([0.5, 0.5, 0.5], to: backend),
            momenta: upload([0, 0, 0.5], to: backend), weightDecays: upload([0, 0, 0.5], to: backend),
            counts: SampleCounts([1, 1, 0]))
        return [
            Comparison("velocities", try backend.read(velocities), expected: [1, 2, 1, 2, 5, 5]),
            Comparison("parameters", try backend.read(parameters), expected: [.infinity, 0, .infinity, 0, 1, 1]),
        ]
    }

    /// A model without samples takes no step, for any gradients and learning rate.
    static let noSamples = OptimizerCase(count: 4, counts: SampleCounts([0, 1]))
        .check(", no samples and no step") { step, backend throws(BackendError) in
            let inputs = Tensors([
                "parameters": StackTensor(models: 2, count: 4, [1, -0.0, .nan, 4, 5, 6, 7, 8]),
                "gradients": StackTensor(models: 2, count: 4, [.nan, 1, .infinity, 1, 2, 4, -8, 0]),
                "learningRates": StackTensor(models: 2, count: 1, [.nan, 0.5]),
            ])
            let found = try step.run(inputs, counts: step.counts, on: backend)
            return [
                Comparison("parameters", found["parameters"].values, expected: [1, -0.0, .nan, 4, 4, 4, 11, 8])
            ]
        }
}

extension ParityCheck {
    static let optimizerChecks =
        OptimizerCase.checks(OptimizerCase.all) + MomentumCase.checks(MomentumCase.all)
        + ClipCase.checks(ClipCase.all) + ScheduleCase.checks(ScheduleCase.all)
        + [SpecialSteps.zeroFactors, SpecialSteps.noSamples]
}
