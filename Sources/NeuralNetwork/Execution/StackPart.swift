import Backend

/// Consecutive models of a stack that are processed together, on any of the teams.
final class StackPart<B: Backend> {
    /// The models of the stack in this part.
    let models: Range<Int>

    private let backend: B
    private let teams: [B]
    private let state: StackState<B>
    private var optimizer: SGDOptimizer<B>
    private var options: StepOptions<B>
    /// The layers on each of the teams.
    private let networks: [PartNetwork<B>]
    /// The layers for evaluation, in larger steps if the backend prefers them; otherwise those for training.
    private let evaluationNetworks: [PartNetwork<B>]
    /// The plans of steps on each of the teams.
    private var plans: [[StepKind: B.StepPlan]]
    /// `num_batches_tracked` of each model: every batch norm of a model has seen the same number of steps.
    private var batchesTracked: [Int64]

    /// What steps with the same operations on the same storage have in common.
    private struct StepKind: Hashable {
        var pass: StackPass
        var counts: SampleCounts
        var hasChanges: Bool

        init(_ pass: StackPass, _ step: StackStep<B>) {
            self.pass = pass
            counts = step.counts
            hasChanges = step.order.shape.hasChanges
        }
    }

    /// - Parameters:
    ///   - training: the memory of a training step.
    ///   - evaluation: the memory of an evaluation step; nil if that has no more samples than a training step.
    init(
        _ plan: NetworkPlan, training: StackMemory<B>, evaluation: StackMemory<B>?, models: Range<Int>, teams: [B],
        on backend: B
    ) throws(BackendError) {
        self.models = models
        self.backend = backend
        self.teams = teams
        let state = try StackState(plan.layout, models: models.count, on: backend)
        self.state = state
        optimizer = try SGDOptimizer(of: state, on: backend)
        options = try StepOptions(of: plan, models: models.count, on: backend)
        batchesTracked = Array(repeating: 0, count: models.count)
        plans = Array(repeating: [:], count: teams.count)
        func networks(in memory: StackMemory<B>, isTraining: Bool) throws(BackendError) -> [PartNetwork<B>] {
            try zip(teams, memory.blocks).map { team, blocks throws(BackendError) in
                try PartNetwork(
                    plan, memory.plan, memory: blocks, state: state, samples: memory.samples, isTraining: isTraining,
                    on: team)
            }
        }
        self.networks = try networks(in: training, isTraining: true)
        evaluationNetworks =
            try evaluation.map { memory throws(BackendError) in
                try networks(in: memory, isTraining: false)
            } ?? self.networks
    }

    /// Performs a step of a pass.
    func run(_ pass: StackPass, _ step: StackStep<B>, team: Int) throws(BackendError) {
        guard pass != .gradients else {
            return try networks[team].run(pass, step, options)
        }
        if pass == .training { optimizer.requireLearningRates(ofStep: step.number) }
        try teams[team].perform(step, plan: plan(of: StepKind(pass, step), team: team)) { () throws(BackendError) in
            guard pass == .training else { return try evaluationNetworks[team].run(pass, step, options) }
            try networks[team].run(pass, step, options)
            if let clipNorms = options.clipNorms {
                try teams[team].clipGradients(state.gradients, maxima: clipNorms, counts: step.counts)
            }
            try optimizer.step(step.counts, number: step.number, on: teams[team])
        }
        guard pass == .training else { return }
        for model in batchesTracked.indices where step.counts.perModel[model] > 0 { batchesTracked[model] += 1 }
    }

    private func plan(of kind: StepKind, team: Int) -> B.StepPlan {
        if let known = plans[team][kind] { return known }
        let plan = teams[team].makeStepPlan()
        plans[team][kind] = plan
        return plan
    }

    /// Deletes the plans, because the operations of a step or their storage change.
    private func deletePlans() { plans = Array(repeating: [:], count: teams.count) }

    // MARK: State

    func setStepSettings(_ settings: [StepSettings], nesterov: Bool) throws(BackendError) {
        deletePlans()
        try optimizer.set(settings, nesterov: nesterov)
        try options.set(settings, on: backend)
    }

    /// Sets the masks of the next training passes, `[dropout][model]`.
    func setDropoutMasks(_ masks: [[[UInt32]]]) throws(BackendError) {
        if try options.setMasks(masks, on: backend) { deletePlans() }
    }

    func setLearningRates(_ rates: [[Double]]) throws(BackendError) {
        if try optimizer.setLearningRates(rates) { deletePlans() }
    }

    func load(_ states: [StateDictionary]) throws(BackendError) {
        try backend.write(states.flatMap(\.parameters), to: state.parameters)
        try backend.write(states.flatMap(\.statistics), to: state.statistics)
        batchesTracked = states.map(\.batchesTracked)
        deletePlans()
        try optimizer.resetVelocities()
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

    func readVelocities() throws(BackendError) -> [[Float]] { try optimizer.readVelocities() }

    func setVelocities(_ velocities: [[Float]]) throws(BackendError) { try optimizer.setVelocities(velocities) }

    /// The logits of the last step of an evaluation on the first team.
    func readLogits() throws(BackendError) -> [Float] { try evaluationNetworks[0].readLogits() }

    func readGradients() throws(BackendError) -> [Float] {
        try backend.read(state.gradients)
    }
}

/// The memory of a step of a stack on each team, which the parts on a team use one after another.
struct StackMemory<B: Backend> {
    let plan: MemoryPlan
    /// The capacity of the step in samples per model.
    let samples: Int
    /// The blocks of the plan on each team.
    let blocks: [[B.Memory]]

    /// - Parameters:
    ///   - models: the number of models in the largest part.
    ///   - isTraining: whether it is for training, or else for evaluation alone.
    init(
        _ plan: NetworkPlan, models: Int, samples: Int, isTraining: Bool, teams: [B], on backend: B
    ) throws(BackendError) {
        let memoryPlan = MemoryPlan(plan, models: models, samples: samples, isTraining: isTraining, on: backend)
        self.plan = memoryPlan
        self.samples = samples
        blocks = try teams.map { team throws(BackendError) in
            try memoryPlan.blocks.map { bytes throws(BackendError) in try team.makeMemory(bytes: bytes) }
        }
    }
}
