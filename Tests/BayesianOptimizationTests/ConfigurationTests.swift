import BayesianOptimization
import Testing

@Suite("Configurations")
struct ConfigurationTests {
    static let point: [String: ParameterValue] = ["x": .real(2), "y": .integer(3)]

    @Test("The initial point is suggested first, and only without trials", arguments: Preset.allCases)
    func initialPoint(preset: Preset) throws {
        var configuration = preset.configuration
        configuration.initialPoint = Self.point
        var optimizer = try BayesianOptimizer(
            space: BayesianOptimizerTests.plane(), seed: 1, configuration: configuration)
        var told = optimizer
        let batch = try optimizer.ask(2)
        #expect(batch[0].parameters == ["x": .real(2), "y": .real(3)] && batch[0].acquisition == nil)
        #expect(batch[1].parameters != batch[0].parameters)
        try told.tell([Trial(["x": .real(0), "y": .real(0)], .pending)])
        #expect(try told.ask()[0].parameters != batch[0].parameters)

        // The same point with the types that JSON gives is the pending one.
        try optimizer.tell([Trial(["x": .integer(2), "y": .real(3)], .complete(loss: 1, variance: nil))])
        #expect(optimizer.trials.map(\.state) == [.complete(loss: 1, variance: nil), .pending])
    }

    static let impossible: [[String: ParameterValue]] = [
        [:], ["x": .real(2)], ["x": .real(2), "y": .real(16)], ["x": .real(.nan), "y": .real(1)],
        ["x": .real(2), "y": .real(3), "z": .real(0)], ["x": .real(2), "y": .choice("a")],
    ]

    @Test("An initial point that is not in the space is refused", arguments: Preset.allCases, impossible)
    func invalidInitialPoint(preset: Preset, point: [String: ParameterValue]) throws {
        var configuration = preset.configuration
        configuration.initialPoint = point
        #expect(throws: OptimizerError.self) {
            try BayesianOptimizer(space: BayesianOptimizerTests.plane(), seed: 1, configuration: configuration)
        }
    }

    @Test(
        "Invalid hyperparameters are refused", arguments: Preset.allCases,
        [(0, 1), (-1, 1), (.nan, 1), (.infinity, 1), (1, -1), (1, .nan), (1, .infinity)] as [(Double, Double)])
    func invalidHyperparameters(preset: Preset, values: (Double, Double)) throws {
        var configuration = preset.configuration
        configuration.fixedLengthScale = values.0
        configuration.fixedNoiseLevel = values.1
        let error = #expect(throws: OptimizerError.self) {
            try BayesianOptimizer(space: BayesianOptimizerTests.plane(), seed: 1, configuration: configuration)
        }
        let name = values.0 == 1 ? "noise level" : "length scale"
        #expect(try #require(error).description.contains(name))
    }

    @Test("Every kind of answer works in every configuration", arguments: Preset.allCases)
    func answers(preset: Preset) throws {
        var configuration = preset.configuration
        configuration.answer = .bestTrial
        var optimizer = try BayesianOptimizer(
            space: BayesianOptimizerTests.plane(), seed: 1, configuration: configuration)
        try BayesianOptimizerTests.run(&optimizer, evaluations: 8, loss: BayesianOptimizerTests.branin)
        #expect(try optimizer.recommendation()?.parameters == optimizer.best?.parameters)
        configuration.answer = .surrogate
        var other = try BayesianOptimizer(
            space: BayesianOptimizerTests.plane(), seed: 1, configuration: configuration)
        try other.tell(optimizer.trials)
        let answer = try #require(try other.recommendation())
        let value = answer.mean + 0.5 * answer.standardDeviation
        let surrogate = try #require(try other.surrogate())
        let atTrials = try surrogate.predict(optimizer.trials.map(\.parameters))
        // The outcome transform is not linear, but keeps the order.
        #expect(atTrials.allSatisfy { value <= $0.mean + 0.5 * $0.standardDeviation + 1e-3 * abs($0.mean) })
    }

    @Test(
        "Every acquisition function can be used in every configuration", arguments: Preset.allCases,
        Acquisition.allCases)
    func acquisitions(preset: Preset, acquisition: Acquisition) throws {
        var configuration = preset.configuration
        configuration.acquisition = acquisition
        let space = try ParameterSpace([Parameter("x", .real(lower: 0, upper: 1, scale: .linear))])
        var optimizer = try BayesianOptimizer(space: space, seed: 1, configuration: configuration)
        try BayesianOptimizerTests.run(&optimizer, evaluations: 9) { point in
            let x = try BayesianOptimizerTests.number(point, "x")
            return (x - 0.3) * (x - 0.3)
        }
        #expect(try #require(try optimizer.surrogate()).acquisitionName == acquisition.name)
        let next = try optimizer.ask()[0]
        #expect(next.acquisition?.isFinite == true)
        // The probability of improvement is known to exploit only.
        let best = try BayesianOptimizerTests.number(#require(optimizer.best).parameters, "x")
        #expect(acquisition == .probabilityOfImprovement || abs(best - 0.3) < 0.1)
    }

    @Test("Recommendation and stopping rule do not depend on pending trials")
    func pending() throws {
        var optimizer = try BayesianOptimizer(space: BayesianOptimizerTests.plane(), seed: 4)
        try BayesianOptimizerTests.run(&optimizer, evaluations: 10, loss: BayesianOptimizerTests.branin)
        let before = (try optimizer.recommendation(), try optimizer.stopReason())
        _ = try optimizer.ask(3)
        try optimizer.tell([Trial(["x": .real(1), "y": .real(1)], .pending)])
        #expect(try optimizer.recommendation() == before.0)
        #expect(try optimizer.stopReason() == before.1)
        var other = try BayesianOptimizer(space: BayesianOptimizerTests.plane(), seed: 4)
        try other.tell(optimizer.trials)
        #expect(try other.recommendation() == before.0)
    }

    @Test("Copies are independent")
    func copies() throws {
        var first = try BayesianOptimizer(space: BayesianOptimizerTests.plane(), seed: 4)
        try BayesianOptimizerTests.run(&first, evaluations: 6, loss: BayesianOptimizerTests.branin)
        let before = try #require(try first.recommendation())
        var second = first
        try second.tell([Trial(["x": .real(1), "y": .real(1)], .complete(loss: -1000, variance: nil))])
        #expect(try second.recommendation() != before)
        #expect(try first.recommendation() == before)
    }

    @Test("The description of a stop reason has its numbers with two digits")
    func stopReason() {
        #expect(
            StopReason.belowNoise(improvement: 0.00123456, threshold: 0.0987).description
                == "the next evaluation is expected to lower the loss by 0.0012, less than a third of the noise of the best "
                + "(0.099)")
        #expect(
            StopReason.belowSpread(improvement: 0, threshold: 1234).description
                == "the next evaluation is expected to lower the loss by 0.0, less than a ten-thousandth of the spread of the "
                + "losses (1200.0)")
    }
}
