package import Backend

/// A stack of `M` networks of the same architecture on a backend, ready to train and to evaluate.
///
/// ```swift
/// let order = try stack.makeOrder(indicesOfEachModel, datasetSize: data.count)
/// let scores = try stack.makeScores(steps: 1)
/// try stack.runStep(.training, on: data.dataset, order: order, step: 0, scores: scores)
/// ```
///
/// The stack is divided into parts of consecutive models, of the size that the backend prefers
/// (`Backend.preferredModels(samples:)`). A pass distributes the parts to the teams of the backend
/// (`Backend.makeTeams(atMost:samples:)`), which do not wait for each other. All parts on a team share the same
/// memory, which stays in the cache from one part to the next. Models do not influence each other, so the bits
/// of a result do not depend on the parts and the teams.
package final class NetworkStack<B: Backend> {
    package let plan: NetworkPlan
    /// `M`.
    package let models: Int
    /// The capacity of a training step in samples per model.
    package let samples: Int
    /// The capacity of an evaluation step in samples per model.
    package let evaluationSamples: Int

    let backend: B
    let teams: [B]
    let parts: [StackPart<B>]

    /// Allocates the stack.
    ///
    /// All weights are zero until ``load(_:)``.
    /// - Parameters:
    ///   - samples: the capacity of a training step in samples per model.
    ///   - evaluating: the largest number of samples that a model is evaluated on. An evaluation step takes as many of them as the
    ///     backend prefers (`Backend.preferredEvaluationSamples(samples:)`); by default no more than a training step.
    package init(
        _ plan: NetworkPlan, models: Int, samples: Int, evaluating: Int = 0, on backend: B
    ) throws(BackendError) {
        self.plan = plan
        self.models = models
        self.samples = samples
        let evaluationSamples = max(samples, min(evaluating, backend.preferredEvaluationSamples(samples: samples)))
        self.evaluationSamples = evaluationSamples
        self.backend = backend
        let teams = try backend.makeTeams(atMost: max(models, 1), samples: samples)
        self.teams = teams
        // Parts of about equal size, at most as large as a team prefers, and enough of them to balance the load of the teams.
        let most = min(max(1, teams[0].preferredModels(samples: samples)), max(models, 1))
        let count = max(1, (models + most - 1) / most, teams.count > 1 ? min(models, 4 * teams.count) : 1)
        func range(of part: Int) -> Range<Int> {
            (part * models + count - 1) / count..<((part + 1) * models + count - 1) / count
        }
        // The first part is the largest.
        func memory(samples: Int, isTraining: Bool) throws(BackendError) -> StackMemory<B> {
            try StackMemory(
                plan, models: range(of: 0).count, samples: samples, isTraining: isTraining, teams: teams, on: backend)
        }
        let training = try memory(samples: samples, isTraining: true)
        let evaluation =
            evaluationSamples > samples ? try memory(samples: evaluationSamples, isTraining: false) : nil
        parts = try (0..<count).map { part throws(BackendError) in
            try StackPart(
                plan, training: training, evaluation: evaluation, models: range(of: part), teams: teams, on: backend)
        }
    }

    package var description: NetworkDescription { plan.description }
    package var layout: StateLayout { plan.layout }

    // MARK: Steps

    /// Copies to the device the order in which each model processes a data set of `datasetSize` samples.
    ///
    /// - Parameter changes: how the image of each sample is changed; nil for images as they are.
    /// - Throws: `BackendError.shapeMismatch(operation:expected:found:)` for an index outside the data set.
    package func makeOrder(
        _ perModel: [[Int32]], datasetSize: Int, changes: [[ImageChange]]? = nil
    ) throws(BackendError) -> StackOrder<B> {
        precondition(perModel.count == models && changes?.count ?? models == models)
        let orders = try parts.map { part throws(BackendError) in
            try backend.makeSampleOrder(
                Array(perModel[part.models]), datasetSize: datasetSize, changes: changes.map { Array($0[part.models]) })
        }
        return StackOrder(parts: orders, lengths: perModel.map(\.count))
    }

    /// Allocates the scores of `steps` steps, filled with zeros.
    package func makeScores(steps: Int) throws(BackendError) -> StackScores<B> {
        StackScores(
            parts: try parts.map { part throws(BackendError) in
                try backend.makeScores(models: part.models.count, steps: steps)
            })
    }

    /// The scores as `[model][step]`, after all previous operations have completed.
    package func read(_ scores: StackScores<B>) throws(BackendError) -> [[StepScore]] {
        var all: [[StepScore]] = []
        for part in scores.parts { all += try backend.read(part) }
        return all
    }

    /// Performs one step of a pass, one part after another; ``run(_:on:order:scores:progress:)`` is faster for a whole pass.
    ///
    /// The step takes ``samples(of:)`` samples of each model's order, or the rest of it. The loss is written to slot `step` of
    /// `scores`. A model without samples takes no step.
    package func runStep(
        _ pass: StackPass, on dataset: B.Dataset, order: StackOrder<B>, step: Int, scores: StackScores<B>
    ) throws(BackendError) {
        try beginTeams()
        for part in parts.indices {
            try parts[part].run(
                pass, partStep(pass, step, of: part, on: dataset, order: order, scores: scores), team: 0)
        }
        try endStep(team: 0)
    }

    /// The samples of a part in a step.
    func partStep(
        _ pass: StackPass, _ step: Int, of part: Int, on dataset: B.Dataset, order: StackOrder<B>,
        scores: StackScores<B>
    ) -> StackStep<B> {
        StackStep(
            dataset: dataset, order: order.parts[part], start: step * samples(of: pass),
            counts: counts(of: order, in: pass, models: parts[part].models, step: step), scores: scores.parts[part],
            number: step)
    }

    /// Makes the results of the backend visible to the teams.
    func beginTeams() throws(BackendError) {
        if teams.count > 1 { try backend.synchronize() }
    }

    /// Makes the results of a team visible to the backend and to the other teams; a single team is the backend itself.
    ///
    /// The alternative, queues that wait for events of other queues while their threads continue, was slower in measurements:
    /// each team would choose its next part long before it is known which team is ready first.
    func endStep(team: Int) throws(BackendError) {
        if teams.count > 1 { try teams[team].synchronize() }
    }

    /// The logits of the last step of an evaluation by ``runStep(_:on:order:step:scores:)``, `[model][sample][class]`.
    package func readLogits() throws(BackendError) -> [Float] {
        try joined { part throws(BackendError) in try part.readLogits() }
    }

    // MARK: State

    /// Sets the settings of each model's steps, and all velocities to zero.
    ///
    /// All steps have the learning rates of the settings until ``setLearningRates(_:)``.
    /// - Parameter nesterov: whether momentum is that of Nesterov.
    package func setStepSettings(_ settings: [StepSettings], nesterov: Bool = false) throws(BackendError) {
        precondition(settings.count == models)
        for part in parts { try part.setStepSettings(Array(settings[part.models]), nesterov: nesterov) }
    }

    /// Sets the learning rates of the steps of the next training passes, `[model][step]`.
    ///
    /// A model may have fewer steps than others.
    package func setLearningRates(_ rates: [[Double]]) throws(BackendError) {
        precondition(rates.count == models)
        for part in parts { try part.setLearningRates(Array(rates[part.models])) }
    }

    /// Sets what the dropouts keep in the next training passes: for each dropout and each model the words of one sample of the
    /// order after another (`DropoutOperations.write(_:to:)`).
    ///
    /// Until then, and after new step settings, nothing is dropped.
    package func setDropoutMasks(_ masks: [[[UInt32]]]) throws(BackendError) {
        precondition(masks.allSatisfy { $0.count == models })
        for part in parts { try part.setDropoutMasks(masks.map { Array($0[part.models]) }) }
    }

    /// Sets the state of each model, and all velocities to zero.
    package func load(_ states: [StateDictionary]) throws(BackendError) {
        precondition(states.count == models)
        for part in parts { try part.load(Array(states[part.models])) }
    }

    /// The state of each model, after all previous operations have completed.
    package func readStates() throws(BackendError) -> [StateDictionary] {
        try joined { part throws(BackendError) in try part.readStates() }
    }

    /// The velocities of each model in the order of the parameters, after all previous operations have completed.
    ///
    /// A model with neither momentum nor weight decay has none.
    package func readVelocities() throws(BackendError) -> [[Float]] {
        try joined { part throws(BackendError) in try part.readVelocities() }
    }

    /// Sets the velocities of each model, as ``readVelocities()`` gives them; none are zero.
    ///
    /// - Precondition: The step settings are those that they were read with.
    package func setVelocities(_ velocities: [[Float]]) throws(BackendError) {
        precondition(velocities.count == models)
        for part in parts { try part.setVelocities(Array(velocities[part.models])) }
    }

    /// The parameter gradients of the last step, `[model][parameterCount]` in the order of the layout.
    package func readGradients() throws(BackendError) -> [Float] {
        try joined { part throws(BackendError) in try part.readGradients() }
    }

    /// The values of all parts, concatenated.
    private func joined<Element>(
        _ read: (StackPart<B>) throws(BackendError) -> [Element]
    ) throws(BackendError) -> [Element] {
        var all: [Element] = []
        for part in parts { all += try read(part) }
        return all
    }
}

/// The order in which each model of a stack processes a data set, on the device.
package struct StackOrder<B: Backend> {
    let parts: [B.SampleOrder]
    /// The number of samples of each model.
    let lengths: [Int]
}

/// The scores of a stack's steps, on the device.
package struct StackScores<B: Backend> {
    /// The scores of the parts, which are consecutive models.
    package let parts: [B.Scores]
}
