import Backend

/// Consecutive models of a stack that go through a step together, on one of several teams.
final class StackPart<B: Backend> {
    /// Which models of the stack these are.
    let models: Range<Int>

    private let backend: B
    private let teams: [B]
    private let state: StackState<B>
    private var descent: Descent<B>
    /// The same layers on each of the teams.
    private let networks: [PartNetwork<B>]
    /// `num_batches_tracked` of each model: every batch norm of a model has seen the same number of steps.
    private var batchesTracked: [Int64]

    /// - Parameter activations: of each team, which its parts use in turn.
    init(
        _ description: ResNetDescription, layout: StateLayout, models: Range<Int>, samples: Int,
        activations: [SharedActivations<B>], teams: [B], on backend: B
    ) throws(BackendError) {
        self.models = models
        self.backend = backend
        self.teams = teams
        state = try StackState(layout, models: models.count, on: backend)
        descent = try Descent(of: state, on: backend)
        batchesTracked = Array(repeating: 0, count: models.count)
        var networks: [PartNetwork<B>] = []
        for (team, activations) in zip(teams, activations) {
            networks.append(
                try PartNetwork(description, state: state, samples: samples, activations: activations, on: team))
        }
        self.networks = networks
    }

    // MARK: Steps

    /// A step of gradient descent, or its first half.
    func train(_ step: PartStep<B>, team: Int, descends: Bool = true) throws(BackendError) {
        let network = networks[team]
        try network.gather(from: step.dataset, order: step.order, start: step.start, counts: step.counts)
        try network.computeGradients(step.counts, scores: step.scores, step: step.number)
        guard descends else { return }
        try descent.step(step.counts, on: teams[team])
        for model in batchesTracked.indices where step.counts.perModel[model] > 0 { batchesTracked[model] += 1 }
    }

    /// The loss under the running statistics.
    func evaluate(_ step: PartStep<B>, team: Int) throws(BackendError) {
        let network = networks[team]
        try network.gather(from: step.dataset, order: step.order, start: step.start, counts: step.counts)
        try network.evaluate(step.counts, scores: step.scores, step: step.number)
    }

    // MARK: State

    func setSGD(_ settings: [SGD]) throws(BackendError) {
        try descent.set(settings)
    }

    func load(_ states: [StateDictionary]) throws(BackendError) {
        try backend.write(states.flatMap(\.parameters), to: state.parameters)
        try backend.write(states.flatMap(\.statistics), to: state.statistics)
        batchesTracked = states.map(\.batchesTracked)
        try descent.rest()
    }

    func readStates() throws(BackendError) -> [StateDictionary] {
        let (parameterCount, statisticCount) = (state.layout.parameterCount, state.layout.statisticCount)
        let parameters = try backend.read(state.parameters)
        let statistics = try backend.read(state.statistics)
        return batchesTracked.enumerated().map { model, batchesTracked in
            StateDictionary(
                parameters: Array(parameters[model * parameterCount..<(model + 1) * parameterCount]),
                statistics: Array(statistics[model * statisticCount..<(model + 1) * statisticCount]),
                batchesTracked: batchesTracked)
        }
    }

    func readGradients() throws(BackendError) -> [Float] {
        try backend.read(state.gradients)
    }

    func readLogits(team: Int) throws(BackendError) -> [Float] {
        try networks[team].readLogits()
    }
}

/// A part's samples of one step.
struct PartStep<B: Backend> {
    var dataset: B.Dataset
    var order: B.SampleOrder
    /// Where in each model's order the step begins.
    var start: Int
    /// How many samples each model of the part takes.
    var counts: SampleCounts
    var scores: B.Scores
    /// The slot of the scores.
    var number: Int
}
