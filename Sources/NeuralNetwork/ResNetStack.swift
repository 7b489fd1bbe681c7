package import Backend

/// A stack of `M` residual networks of the same architecture on a backend, ready to train and to evaluate.
///
/// ```swift
/// let order = try stack.makeOrder(indicesOfEachModel, datasetSize: data.count)
/// let scores = try stack.makeScores(steps: 1)
/// let batch = StackBatch(dataset: data.dataset, order: order, start: 0, counts: counts)
/// try stack.trainStep(on: batch, scores: scores, step: 0)
/// ```
///
/// The models go through a step in consecutive parts, as many at once as the backend likes
/// (``Backend/Backend/preferredModels(samples:)``), and a pass deals the parts out to the backend's teams
/// (``Backend/Backend/makeTeams(atMost:samples:)``), which need not wait for each other. All parts on a team use the same
/// activations: what a part leaves in a processor's cache is what the next one needs. Models never mix, so parts and teams
/// change no bit of a result.
package final class ResNetStack<B: Backend> {
    package let description: ResNetDescription
    package let layout: StateLayout
    /// `M`.
    package let models: Int
    /// How many samples of each model fit into a step.
    package let samples: Int

    let backend: B
    let teams: [B]
    let parts: [StackPart<B>]

    /// Memory for the stack: all weights zero until ``load(_:)``.
    package init(
        _ description: ResNetDescription = ResNetDescription(), models: Int, samples: Int, on backend: B
    ) throws(BackendError) {
        self.description = description
        self.models = models
        self.samples = samples
        self.backend = backend
        layout = StateLayout(description)
        teams = try backend.makeTeams(atMost: max(models, 1), samples: samples)
        // Parts of about equal size, none larger than a team likes, and enough of them to be dealt out evenly.
        let most = min(max(1, teams[0].preferredModels(samples: samples)), max(models, 1))
        let count = max(1, (models + most - 1) / most, teams.count > 1 ? min(models, 4 * teams.count) : 1)
        let activations = teams.map { SharedActivations($0) }
        var parts: [StackPart<B>] = []
        // The larger ones come first, so that the smaller ones find their memory.
        func start(of part: Int) -> Int { (part * models + count - 1) / count }
        for part in 0..<count {
            parts.append(
                try StackPart(
                    description, layout: layout, models: start(of: part)..<start(of: part + 1),
                    samples: samples, activations: activations, teams: teams, on: backend))
        }
        self.parts = parts
    }

    // MARK: Steps

    /// Puts the order on the device in which each model goes through a data set of `datasetSize` samples.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)`` for an index outside the data set.
    package func makeOrder(_ perModel: [[Int32]], datasetSize: Int) throws(BackendError) -> StackOrder<B> {
        precondition(perModel.count == models)
        var orders: [B.SampleOrder] = []
        for part in parts {
            orders.append(try backend.makeSampleOrder(Array(perModel[part.models]), datasetSize: datasetSize))
        }
        return StackOrder(parts: orders, lengths: perModel.map(\.count))
    }

    /// Room for the scores of `steps` steps, filled with zeros.
    package func makeScores(steps: Int) throws(BackendError) -> StackScores<B> {
        var scores: [B.Scores] = []
        for part in parts { scores.append(try backend.makeScores(models: part.models.count, steps: steps)) }
        return StackScores(parts: scores)
    }

    /// The scores as `[model][step]`, once everything before has run.
    package func read(_ scores: StackScores<B>) throws(BackendError) -> [[StepScore]] {
        var all: [[StepScore]] = []
        for part in scores.parts { all += try backend.read(part) }
        return all
    }

    /// One step of gradient descent, part after part; a whole pass is quicker with ``run(_:on:order:scores:progress:)``.
    ///
    /// The loss of the batch goes into slot `step` of `scores`. A model without samples takes no step.
    package func trainStep(on batch: StackBatch<B>, scores: StackScores<B>, step: Int) throws(BackendError) {
        try forEachPart(of: batch, scores: scores, step: step) { part, step throws(BackendError) in
            try part.train(step, team: 0)
        }
    }

    /// The forward and backward half of ``trainStep(on:scores:step:)``: loss, gradients and running statistics.
    package func computeGradients(on batch: StackBatch<B>, scores: StackScores<B>, step: Int) throws(BackendError) {
        try forEachPart(of: batch, scores: scores, step: step) { part, step throws(BackendError) in
            try part.train(step, team: 0, descends: false)
        }
    }

    /// The loss under the running statistics, into slot `step` of `scores`.
    package func evaluateStep(on batch: StackBatch<B>, scores: StackScores<B>, step: Int) throws(BackendError) {
        try forEachPart(of: batch, scores: scores, step: step) { part, step throws(BackendError) in
            try part.evaluate(step, team: 0)
        }
    }

    /// Hands every part its share of a batch, on the first team.
    private func forEachPart(
        of batch: StackBatch<B>, scores: StackScores<B>, step: Int,
        _ body: (StackPart<B>, PartStep<B>) throws(BackendError) -> Void
    ) throws(BackendError) {
        try beginTeams()
        for (index, part) in parts.enumerated() {
            let share = PartStep<B>(
                dataset: batch.dataset, order: batch.order.parts[index], start: batch.start,
                counts: SampleCounts(Array(batch.counts.perModel[part.models])), scores: scores.parts[index],
                number: step)
            try body(part, share)
        }
        try endStep(team: 0)
    }

    /// Lets the teams see what the backend has done.
    func beginTeams() throws(BackendError) {
        if teams.count > 1 { try backend.synchronize() }
    }

    /// Lets the backend and other teams see what a team has done; a single team is the backend, which need not wait.
    ///
    /// Queues that wait for each other's events instead, while their threads go on, were measured to be slower: what a team
    /// takes next is then decided long before it is known who comes to it first.
    func endStep(team: Int) throws(BackendError) {
        if teams.count > 1 { try teams[team].synchronize() }
    }

    /// The logits of the last step by ``evaluateStep(on:scores:step:)``, `[model][sample][class]`.
    package func readLogits() throws(BackendError) -> [Float] {
        try joined { part throws(BackendError) in try part.readLogits(team: 0) }
    }

    // MARK: State

    /// Sets how each model descends, with velocities of zero.
    package func setSGD(_ settings: [SGD]) throws(BackendError) {
        precondition(settings.count == models)
        for part in parts { try part.setSGD(Array(settings[part.models])) }
    }

    /// Sets the state of each model, and velocities to zero.
    package func load(_ states: [StateDictionary]) throws(BackendError) {
        precondition(states.count == models)
        for part in parts { try part.load(Array(states[part.models])) }
    }

    /// The state of each model, once everything before has run.
    package func readStates() throws(BackendError) -> [StateDictionary] {
        try joined { part throws(BackendError) in try part.readStates() }
    }

    /// The loss's gradient in every parameter, `[model][parameterCount]` in the order of the layout, as the last step
    /// left it.
    package func readGradients() throws(BackendError) -> [Float] {
        try joined { part throws(BackendError) in try part.readGradients() }
    }

    /// What the parts have, one after the other.
    private func joined<Element>(
        _ read: (StackPart<B>) throws(BackendError) -> [Element]
    ) throws(BackendError) -> [Element] {
        var all: [Element] = []
        for part in parts { all += try read(part) }
        return all
    }
}

/// The order in which each model of a stack goes through a data set, on the device.
package struct StackOrder<B: Backend> {
    let parts: [B.SampleOrder]
    /// Samples of each model.
    let lengths: [Int]
}

/// The scores of a stack's steps, on the device.
package struct StackScores<B: Backend> {
    /// Those of consecutive models.
    package let parts: [B.Scores]
}

/// The samples of one step of a stack.
package struct StackBatch<B: Backend> {
    package var dataset: B.Dataset
    package var order: StackOrder<B>
    /// Where in each model's order the step begins.
    package var start: Int
    /// How many samples each model takes.
    package var counts: SampleCounts

    package init(dataset: B.Dataset, order: StackOrder<B>, start: Int, counts: SampleCounts) {
        self.dataset = dataset
        self.order = order
        self.start = start
        self.counts = counts
    }
}
