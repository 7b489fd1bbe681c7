import Backend

/// Performs the SGD steps of a part of a stack, with separate settings for each model.
struct SGDOptimizer<B: Backend> {
    private let backend: B
    private let state: StackState<B>
    /// The learning rates of the current step, one number per model.
    private let learningRates: B.Parameters
    /// The learning rates of a pass, `[model][step]`; nil if all steps have the same.
    private var schedule: B.Parameters?
    /// The state of models with momentum or weight decay; nil if all models use plain SGD.
    private var momentum: Momentum?

    private struct Momentum {
        /// `[model][parameterCount]`.
        var velocities: B.Parameters
        /// One number per model.
        var momenta: B.Parameters
        /// One number per model.
        var weightDecays: B.Parameters
        /// The models with neither momentum nor weight decay.
        var isPlain: [Bool]
        var isNesterov: Bool
    }

    init(of state: StackState<B>, on backend: B) throws(BackendError) {
        self.backend = backend
        self.state = state
        learningRates = try backend.makeParameters(models: state.models, count: 1)
    }

    /// Sets the settings of each model, and all velocities to zero.
    mutating func set(_ settings: [StepSettings], nesterov: Bool) throws(BackendError) {
        try backend.write(settings.map { Float($0.learningRate) }, to: learningRates)
        schedule = nil
        momentum = nil
        guard settings.contains(where: { !$0.isPlain }) else { return }
        let momenta = try backend.makeParameters(models: state.models, count: 1)
        let weightDecays = try backend.makeParameters(models: state.models, count: 1)
        try backend.write(settings.map { Float($0.momentum) }, to: momenta)
        try backend.write(settings.map { Float($0.weightDecay) }, to: weightDecays)
        momentum = Momentum(
            velocities: try backend.makeParameters(models: state.models, count: state.layout.parameterCount),
            momenta: momenta, weightDecays: weightDecays, isPlain: settings.map(\.isPlain), isNesterov: nesterov)
    }

    /// Sets the learning rates of the steps of a pass, `[model][step]`.
    ///
    /// - Returns: whether a step has other operations or other storage than before.
    mutating func setLearningRates(_ rates: [[Double]]) throws(BackendError) -> Bool {
        let steps = rates.map(\.count).max() ?? 0
        let values = rates.flatMap { $0.map { Float($0) } + Array(repeating: 0, count: steps - $0.count) }
        if let schedule, schedule.count == steps {
            try backend.write(values, to: schedule)
            return false
        }
        let schedule = try backend.makeParameters(models: state.models, count: steps)
        try backend.write(values, to: schedule)
        self.schedule = schedule
        return true
    }

    /// - Precondition: there is a learning rate for the step.
    func requireLearningRates(ofStep number: Int) {
        if let schedule {
            precondition(number < schedule.count, "a step \(number) of \(schedule.count) learning rates")
        }
    }

    /// Sets all velocities to zero.
    mutating func resetVelocities() throws(BackendError) {
        guard momentum != nil else { return }
        let velocities = try backend.makeParameters(models: state.models, count: state.layout.parameterCount)
        momentum?.velocities = velocities
    }

    /// The velocities of each model, of which one with plain SGD has none.
    func readVelocities() throws(BackendError) -> [[Float]] {
        guard let momentum else { return Array(repeating: [], count: state.models) }
        let count = state.layout.parameterCount
        let values = try backend.read(momentum.velocities)
        return momentum.isPlain.enumerated().map { $1 ? [] : Array(values[$0 * count..<($0 + 1) * count]) }
    }

    /// Sets the velocities of each model; none are zero.
    func setVelocities(_ velocities: [[Float]]) throws(BackendError) {
        guard let momentum else { return }
        let none = [Float](repeating: 0, count: state.layout.parameterCount)
        try backend.write(velocities.flatMap { $0.isEmpty ? none : $0 }, to: momentum.velocities)
    }

    /// Performs an SGD step of every model with samples.
    ///
    /// Models with plain SGD always use the plain operation, so that they get the same bits in any stack.
    /// - Parameter number: the number of the step in its pass.
    func step(_ counts: SampleCounts, number: Int, on backend: B) throws(BackendError) {
        if let schedule { try backend.selectLearningRates(from: schedule, step: number, to: learningRates) }
        guard let momentum else { return try plainStep(counts, on: backend) }
        func only(plain: Bool) -> SampleCounts {
            SampleCounts(zip(counts.perModel, momentum.isPlain).map { $1 == plain ? $0 : 0 })
        }
        try backend.sgdStep(
            parameters: state.parameters, gradients: state.gradients, velocities: momentum.velocities,
            learningRates: learningRates, momenta: momentum.momenta, weightDecays: momentum.weightDecays,
            nesterov: momentum.isNesterov, counts: only(plain: false))
        if momentum.isPlain.contains(true) { try plainStep(only(plain: true), on: backend) }
    }

    private func plainStep(_ counts: SampleCounts, on backend: B) throws(BackendError) {
        try backend.sgdStep(
            parameters: state.parameters, gradients: state.gradients, learningRates: learningRates, counts: counts)
    }
}
