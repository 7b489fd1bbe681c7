import Backend
import Backends
import NeuralNetwork
import Testing
import Training

/// Training of stacks on the CPU backend: models are independent, and a model without samples takes no step.
@Suite(.timeLimit(.minutes(5))) struct StackTrainingTests {
    /// Opens the CPU backend for a generic body.
    private func onCPU<Result>(threads: Int? = nil, _ body: (any Backend) throws -> Result) throws -> Result {
        try body(BackendSelection(BackendRequest(.cpu, threads: threads)).backend)
    }

    /// The states and scores after one epoch in the given orders, from the same initial weights.
    private func train(
        _ orders: [[Int32]], rates: [Double], batchSize: Int, on backend: some Backend
    ) throws -> (states: [StateDictionary], scores: [[StepScore]]) {
        let data = try ResidentDataset(syntheticImages(200, seed: 1), on: backend)
        let stack = try NetworkStack(network(), models: orders.count, samples: batchSize, on: backend)
        let initial = StateDictionary(initial: stack.layout, seed: 10)
        try stack.load(Array(repeating: initial, count: orders.count))
        try stack.setStepSettings(rates.map { StepSettings(learningRate: $0) })
        let scores = try StackTrainer(stack).train(on: data, order: orders)
        return (try stack.readStates(), scores)
    }

    /// As in the folds of `--limit 6001`, the longer order has one more step, of a single sample.
    @Test func aModelWithoutSamplesTakesNoStep() throws {
        try onCPU { backend in
            let long = (0..<129).map { Int32($0) }
            let short = Array(long.prefix(128))
            let both = try train([short, long], rates: [0.1, 0.1], batchSize: 64, on: backend)
            let alone = try train([short], rates: [0.1], batchSize: 64, on: backend)
            #expect(both.states[0] == alone.states[0])
            #expect(both.states[0].batchesTracked == 2)
            #expect(both.states[1].batchesTracked == 3)
            #expect(both.states[1].parameters != both.states[0].parameters)
            #expect(both.scores[0] == alone.scores[0] + [StepScore(lossSum: 0, correct: 0)])
        }
    }

    @Test(arguments: [1, 2, 3]) func aStackGivesTheBitsOfSeparateRuns(threads: Int) throws {
        let orders = (0..<3).map { fold in epochOrder(Array(0..<150), seed: 10, fold: fold, epoch: 0) }
        let rates: [Double] = [0.05, 0.1, 0.4]
        let reference = try onCPU(threads: 1) { backend in
            try orders.indices.map { try train([orders[$0]], rates: [rates[$0]], batchSize: 32, on: backend) }
        }
        let stacked = try onCPU(threads: threads) { try train(orders, rates: rates, batchSize: 32, on: $0) }
        for model in orders.indices {
            #expect(stacked.states[model] == reference[model].states[0])
            #expect(stacked.scores[model] == reference[model].scores[0])
        }
    }

    private struct Interruption: Error {}

    /// Progress counts every sample once, on any thread, and an error that it throws ends the pass.
    @Test(arguments: [1, 2, 5]) func progressCountsSamplesAndEndsThePass(threads: Int) throws {
        try onCPU(threads: threads) { (backend: any Backend) in
            func run(on backend: some Backend) throws {
                let data = try ResidentDataset(syntheticImages(200, seed: 1), on: backend)
                let stack = try NetworkStack(network(), models: 4, samples: 32, on: backend)
                try stack.load(Array(repeating: StateDictionary(initial: stack.layout, seed: 10), count: 4))
                let orders = [150, 150, 96, 0].map { (0..<$0).map { Int32($0) } }
                var samples = 0
                _ = try StackTrainer(stack) { samples += $0 }.train(on: data, order: orders)
                #expect(samples == 396)
                var calls = 0
                #expect(throws: Interruption.self) {
                    try StackTrainer(stack) { _ in
                        calls += 1
                        if calls == 3 { throw Interruption() }
                    }.train(on: data, order: orders)
                }
                #expect(calls == 3)
            }
            try run(on: backend)
        }
    }

    /// The momentum of a model does not affect another model with plain SGD.
    ///
    /// Loading a state sets the velocities to zero.
    @Test(arguments: [1, 2]) func momentumStaysInItsModel(threads: Int) throws {
        let settings = [
            StepSettings(learningRate: 0.1), StepSettings(learningRate: 0.02, momentum: 0.9),
            StepSettings(learningRate: 0.1),
            StepSettings(learningRate: 0.05, weightDecay: 0.01),
            StepSettings(learningRate: 0.01, momentum: 0.5, weightDecay: 0.1),
        ]
        func train(_ settings: [StepSettings], on backend: some Backend) throws -> [StateDictionary] {
            let data = try ResidentDataset(syntheticImages(100, seed: 1), on: backend)
            let stack = try NetworkStack(network(), models: settings.count, samples: 32, on: backend)
            let initial = StateDictionary(initial: stack.layout, seed: 10)
            try stack.setStepSettings(settings)
            let order = Array(repeating: data.allIndices, count: settings.count)
            var states: [StateDictionary] = []
            for _ in 0..<2 {
                try stack.load(Array(repeating: initial, count: settings.count))
                _ = try StackTrainer(stack).train(on: data, order: order)
                let trained = try stack.readStates()
                #expect(states.isEmpty || states == trained)
                states = trained
            }
            return states
        }
        try onCPU(threads: threads) { backend in
            let together = try train(settings, on: backend)
            for index in settings.indices { #expect(try together[index] == train([settings[index]], on: backend)[0]) }
            #expect(together[0] == together[2])
            #expect(Set(together.map { $0.parameters[0] }).count == 4)
        }
    }

    @Test func aDivergedModelLeavesItsNeighboursAlone() throws {
        try onCPU { backend in
            let orders = Array(repeating: (0..<192).map { Int32($0) }, count: 3)
            let stacked = try train(orders, rates: [0.1, 1e30, 0.1], batchSize: 64, on: backend)
            let alone = try train([orders[0]], rates: [0.1], batchSize: 64, on: backend)
            #expect(stacked.states[0] == alone.states[0])
            #expect(stacked.states[2] == alone.states[0])
            #expect(stacked.scores[1].contains { !$0.lossSum.isFinite })
        }
    }
}
