import BayesianOptimization
import Testing

/// Values that are told otherwise than they were suggested, or that were never suggested.
@Suite("Values that are told")
struct ToldValueTests {
    static func space(_ domain: Parameter.Domain) throws -> ParameterSpace {
        try ParameterSpace([Parameter("x", domain)])
    }

    static func complete(_ x: ParameterValue, _ loss: Double = 1) -> Trial {
        Trial(["x": x], .complete(loss: loss, variance: nil))
    }

    /// A domain, and a number that is outside of it by rounding.
    static let rounded: [(Parameter.Domain, ParameterValue)] = [
        (.real(lower: 1e-4, upper: 0.1, scale: .log), .real(Double(Float(0.1)))),
        (.real(lower: 0, upper: 0.1, scale: .linear), .real(Double(Float(0.1)))),
        (.real(lower: -0.1, upper: 0, scale: .linear), .real(-Double(Float(0.1)))),
        // In single precision, where the range is small beside the bounds.
        (.real(lower: 1000, upper: 1000.7, scale: .linear), .real(Double(Float(1000.7)))),
        (.real(lower: 1000, upper: 1000.7, scale: .log), .real(Double(Float(1000.7)))),
        // As a text with six and seven digits.
        (.real(lower: 1, upper: 2.345678, scale: .linear), .real(2.34568)),
        (.real(lower: 1, upper: 2.34567891, scale: .log), .real(2.345679)),
        (.real(lower: 1.234564, upper: 2, scale: .linear), .real(1.23456)),
        (.real(lower: 0, upper: 1, scale: .linear), .real(1 + 0.9e-6)),
        (.real(lower: 0, upper: 1, scale: .linear), .real(-0.9e-6)),
        (.real(lower: 1, upper: 1e6, scale: .log), .real(1e6 * 1.000013)),
        (.real(lower: 3, upper: 3, scale: .linear), .real(3.000001)),
        (.real(lower: 1e-9, upper: 1e-9, scale: .log), .real(Double(Float(1e-9)))),
        (.steppedReal(lower: 0, upper: 1, step: 0.1), .real(Double(Float(0.7)))),
        (.steppedReal(lower: 0, upper: 1, step: 0.1), .real(0.1 + 0.2)),
        (.steppedReal(lower: 0.1, upper: 0.9, step: 0.1), .real(0.9000001)),
        (.integer(lower: 0, upper: 16_777_217, scale: .linear), .integer(16_777_218)),
        (.ordinal(values: [1e-8, 0.1, 1]), .real(Double(Float(0.1)))),
        (.ordinal(values: [1e-8, 0.1, 1]), .real(Double(Float(1e-8)))),
    ]

    @Test("Outside by rounding is inside, and comes back bit for bit", arguments: rounded)
    func roundedBound(domain: Parameter.Domain, value: ParameterValue) throws {
        let space = try Self.space(domain)
        try space.check(["x": value])
        var optimizer = try BayesianOptimizer(space: space, seed: 1)
        try optimizer.tell([Self.complete(value)])
        #expect(optimizer.trials[0].parameters["x"]?.number == value.number)
        // It is learned at a point of the space, so a suggestion there is strictly inside.
        for suggestion in try optimizer.ask(3) {
            let x = try #require(suggestion.parameters["x"]?.number)
            switch domain {
            case .real(let lower, let upper, _): #expect(x >= lower && x <= upper)
            default: try space.check(suggestion.parameters)
            }
        }
    }

    /// A domain, and a number that is not in it.
    static let beyond: [(Parameter.Domain, ParameterValue)] = [
        (.real(lower: 0, upper: 1, scale: .linear), .real(1.000002)),
        (.real(lower: 0, upper: 1, scale: .linear), .real(-2e-6)),
        (.real(lower: 1, upper: 1e6, scale: .log), .real(1e6 * 1.00003)),
        (.real(lower: 100, upper: 101, scale: .linear), .real(101.000002)),
        (.real(lower: 3, upper: 3, scale: .linear), .real(3.00001)),
        (.integer(lower: 1, upper: 8, scale: .linear), .integer(9)),
        (.steppedReal(lower: 0, upper: 1, step: 0.1), .real(0.25)),
        (.steppedReal(lower: 0, upper: 1, step: 0.1), .real(1.1)),
        (.steppedReal(lower: 0, upper: 1, step: 0.3), .real(1)),
        (.steppedInteger(lower: 0, upper: 9, step: 3), .integer(4)),
        (.steppedInteger(lower: 0, upper: 8, step: 3), .integer(9)),
    ]

    @Test("Further outside is refused with the observation's number, or learned from", arguments: beyond)
    func outside(domain: Parameter.Domain, value: ParameterValue) throws {
        let space = try Self.space(domain)
        #expect(throws: OptimizerError.self) { try space.check(["x": value]) }
        let told = Self.complete(value)
        var optimizer = try BayesianOptimizer(space: space, seed: 1)
        let error = #expect(throws: OptimizerError.self) { try optimizer.tell([told]) }
        #expect(error?.description.hasPrefix("observation 1: the parameter x is \(value), and must be ") == true)

        var configuration = Configuration.robust
        configuration.allowsOutside = true
        for answer in Configuration.Answer.allCases {
            configuration.answer = answer
            var open = try BayesianOptimizer(space: space, seed: 1, configuration: configuration)
            let inside = try open.ask(3)
            try open.tell([told] + inside.map { Trial($0.parameters, .complete(loss: 2, variance: nil)) })
            #expect(open.trials[0].parameters["x"]?.number == value.number)
            for suggestion in try open.ask(3) { try space.check(suggestion.parameters) }
            try space.check(#require(try open.recommendation()).parameters)
            _ = try #require(try open.surrogate()).predict([["x": value]])
        }
    }

    @Test("A point far outside leaves the surrogate finite", arguments: [1e3, 1e100, 1e308, -1e308])
    func farOutside(x: Double) throws {
        var configuration = Configuration.robust
        configuration.allowsOutside = true
        var optimizer = try BayesianOptimizer(
            space: Self.space(.real(lower: 0, upper: 1, scale: .linear)), seed: 1, configuration: configuration)
        try optimizer.tell([Self.complete(.real(x), 5)] + [0.1, 0.5, 0.8].map { Self.complete(.real($0), $0) })
        let prediction = try #require(try optimizer.surrogate()).predict([["x": .real(0.5)], ["x": .real(x)]])
        #expect(prediction.allSatisfy { $0.mean.isFinite && $0.standardDeviation.isFinite })
    }

    @Test("Values of another kind are refused, outside or not")
    func otherKinds() throws {
        var configuration = Configuration.robust
        configuration.allowsOutside = true
        for (domain, value) in [
            (.integer(lower: 1, upper: 8, scale: .linear), .real(2.5)), (.ordinal(values: [1, 2]), .real(3)),
            (.categorical(choices: ["a"]), .choice("b")), (.real(lower: 1, upper: 2, scale: .log), .real(0)),
            (.real(lower: 1, upper: 2, scale: .log), .real(-1)),
            (.real(lower: 1, upper: 2, scale: .linear), .real(.nan)),
        ] as [(Parameter.Domain, ParameterValue)] {
            var optimizer = try BayesianOptimizer(space: Self.space(domain), seed: 1, configuration: configuration)
            #expect(throws: OptimizerError.self) { try optimizer.tell([Self.complete(value)]) }
        }
    }

    @Test("An error names the number of the observation, and the trials are unchanged")
    func number() throws {
        var optimizer = try BayesianOptimizer(space: Self.space(.real(lower: 0, upper: 1, scale: .linear)), seed: 1)
        let good = Self.complete(.real(0.5))
        for (bad, words) in [
            (Self.complete(.real(2)), "the parameter x is 2.0, and must be between 0 and 1"),
            (Self.complete(.real(0.5), .nan), "the loss is nan, and must be a finite number"),
            (Trial(["x": .real(0.5)], .complete(loss: 1, variance: -2)), "the variance is -2.0, and must be"),
            (Trial([:], .failed), "the parameter x is missing"),
            (Trial(["X": .real(0.5)], .lost), #"there is no parameter "X"; did you mean "x"?"#),
        ] {
            let error = #expect(throws: OptimizerError.self) { try optimizer.tell([good, good, bad, good]) }
            #expect(error?.description.hasPrefix("observation 3: \(words)") == true, "\(String(describing: error))")
            #expect(optimizer.trials.isEmpty)
        }
    }

    /// A domain, a suggested value, and what is told of it.
    static let returned: [(Parameter.Domain, ParameterValue, ParameterValue)] = [
        (.real(lower: 0, upper: 1, scale: .linear), .real(0.1234567891), .real(Double(Float(0.1234567891)))),
        (.real(lower: 0, upper: 1, scale: .linear), .real(0.1234567891), .real(0.123457)),
        (.real(lower: 0, upper: 1e9, scale: .linear), .real(1.23456789), .real(1.23457)),
        (.real(lower: 1, upper: 2, scale: .log), .real(1.234564), .real(1.23456)),
        (.real(lower: 1000, upper: 1001, scale: .linear), .real(1000.123456), .real(Double(Float(1000.123456)))),
        (.integer(lower: 1, upper: 1 << 30, scale: .linear), .integer(123_456_789), .integer(123_456_792)),
        (.integer(lower: 1, upper: 8, scale: .linear), .integer(3), .integer(3)),
        (.steppedReal(lower: 0, upper: 1, step: 0.1), .real(0.3), .real(0.1 + 0.2)),
        (.ordinal(values: [0.1, 0.2]), .real(0.1), .real(Double(Float(0.1)))),
        (.categorical(choices: ["a", "b"]), .choice("a"), .choice("a")),
    ]

    @Test("A finished trial replaces the pending one at the same point, but for rounding", arguments: returned)
    func replaced(domain: Parameter.Domain, exact: ParameterValue, told: ParameterValue) throws {
        for state in [.complete(loss: 1, variance: nil), .failed, .lost] as [Trial.State] {
            var optimizer = try BayesianOptimizer(space: Self.space(domain), seed: 1)
            try optimizer.tell([Trial(["x": exact], .pending)])
            try optimizer.tell([Trial(["x": told], state)])
            #expect(optimizer.trials == (state == .lost ? [] : [Trial(["x": told], state)]))
        }
    }

    @Test("Other points stay pending, and of several near ones the nearest is replaced")
    func notReplaced() throws {
        var optimizer = try BayesianOptimizer(space: Self.space(.real(lower: 0, upper: 1, scale: .linear)), seed: 1)
        try optimizer.tell([0.5, 0.5000004, 0.7].map { Trial(["x": .real($0)], .pending) })
        #expect(optimizer.trials.count == 2, "two pending points that differ by rounding are one")
        try optimizer.tell([Self.complete(.real(0.50001))])
        #expect(optimizer.trials.count { $0.state == .pending } == 2)
        try optimizer.tell([Self.complete(.real(0.6999999))])
        #expect(optimizer.trials.filter { $0.state == .pending } == [Trial(["x": .real(0.5)], .pending)])
    }

    @Test("Neighbouring whole numbers up to 2^53 are told apart", arguments: Parameter.Scale.allCases)
    func neighbours(scale: Parameter.Scale) throws {
        let top = 1 << 53
        var optimizer = try BayesianOptimizer(space: Self.space(.integer(lower: 1, upper: top, scale: scale)), seed: 1)
        let numbers = [top - 1, top, top - 2, 1, 2]
        try optimizer.tell(numbers.map { Trial(["x": .integer($0)], .failed) })
        #expect(optimizer.trials.map(\.parameters) == numbers.map { ["x": .integer($0)] })
        var pending = try BayesianOptimizer(space: Self.space(.integer(lower: 1, upper: top, scale: scale)), seed: 1)
        _ = try pending.ask(1)
        let asked = try #require(pending.trials[0].parameters["x"])
        try pending.tell([Self.complete(asked)])
        #expect(pending.trials == [Self.complete(asked)])
    }
}

@Suite("Lost trials")
struct LostTrialTests {
    @Test("A lost trial withdraws its pending one, and nothing remains of it", arguments: Preset.allCases)
    func forgotten(preset: Preset) throws {
        var optimizer = try BayesianOptimizer(space: GoldenCase.space, seed: 4, configuration: preset.configuration)
        let xs = [0.1, 0.4, 0.7]
        try optimizer.tell(xs.map { Trial(["x": .real($0)], .complete(loss: ($0 - 0.3) * ($0 - 0.3), variance: nil)) })
        let before = optimizer
        let first = try optimizer.ask(3)
        // In any order, and with another one in between.
        for index in [1, 0, 2] {
            #expect(optimizer.trials.count { $0.state == .pending } == (index == 1 ? 3 : index == 0 ? 2 : 1))
            try optimizer.tell([Trial(first[index].parameters, .lost)])
        }
        #expect(optimizer.trials == before.trials)
        #expect(try optimizer.ask(3) == first)
        #expect(try optimizer.recommendation() == before.recommendation())
    }

    @Test("A lost trial that was never suggested is no error, unless it is not in the space")
    func unknown() throws {
        var optimizer = try BayesianOptimizer(space: GoldenCase.space, seed: 4)
        try optimizer.tell([Trial(["x": .real(0.5)], .lost)])
        #expect(optimizer.trials.isEmpty && optimizer.best == nil)
        try optimizer.tell([Trial(["x": .real(0.5)], .failed), Trial(["x": .real(0.5)], .lost)])
        #expect(optimizer.trials == [Trial(["x": .real(0.5)], .failed)])
        #expect(throws: OptimizerError.self) { try optimizer.tell([Trial(["x": .real(5)], .lost)]) }
        #expect(throws: OptimizerError.self) { try optimizer.tell([Trial(["y": .real(0.5)], .lost)]) }
    }

    @Test("Of two pending trials at one point, one is withdrawn")
    func twice() throws {
        let space = try ParameterSpace([Parameter("k", .categorical(choices: ["a"]))])
        var optimizer = try BayesianOptimizer(space: space, seed: 4)
        _ = try optimizer.ask(2)
        try optimizer.tell([Trial(["k": .choice("a")], .lost)])
        #expect(optimizer.trials == [Trial(["k": .choice("a")], .pending)])
    }
}

@Suite("Steps and fixed values")
struct StepTests {
    static let grids: [(Parameter.Domain, [ParameterValue])] = [
        (.steppedReal(lower: 0.8, upper: 1, step: 0.1), [0.8, 0.9, 1].map { .real($0) }),
        (.steppedReal(lower: 0, upper: 1, step: 0.3), [0, 0.3, 0.6, 0.9].map { .real($0) }),
        (.steppedReal(lower: -0.3, upper: 0.3, step: 0.1), [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3].map { .real($0) }),
        (.steppedReal(lower: 1e-6, upper: 5e-6, step: 2e-6), [1e-6, 3e-6, 5e-6].map { .real($0) }),
        (.steppedReal(lower: 100, upper: 1000, step: 250), [100, 350, 600, 850].map { .real($0) }),
        (.steppedReal(lower: 2, upper: 2, step: 1), [.real(2)]),
        (.steppedReal(lower: 0, upper: 1, step: 5), [.real(0)]),
        (.steppedInteger(lower: 8, upper: 40, step: 16), [8, 24, 40].map { .integer($0) }),
        (.steppedInteger(lower: -5, upper: 6, step: 5), [-5, 0, 5].map { .integer($0) }),
        (.steppedInteger(lower: 3, upper: 3, step: 2), [.integer(3)]),
        (
            .steppedInteger(lower: -(1 << 53), upper: 1 << 53, step: 1 << 53),
            [-(1 << 53), 0, 1 << 53].map { .integer($0) }
        ),
    ]

    @Test("All values are suggested and no others, and all are taken back", arguments: grids)
    func values(domain: Parameter.Domain, values: [ParameterValue]) throws {
        let space = try ParameterSpace([Parameter("x", domain)])
        for preset in Preset.allCases {
            var optimizer = try BayesianOptimizer(space: space, seed: 2, configuration: preset.configuration)
            var seen: Set<ParameterValue> = []
            for turn in 0..<8 {
                for suggestion in try optimizer.ask(5) {
                    let x = try #require(suggestion.parameters["x"])
                    #expect(values.contains(x), "\(x)")
                    seen.insert(x)
                    try optimizer.tell([Trial(suggestion.parameters, .complete(loss: Double(turn), variance: 1))])
                }
            }
            #expect(preset == .reference || seen == Set(values))
            for value in values { try space.check(["x": value]) }
            let recommended = try #require(try optimizer.recommendation()).parameters["x"]
            #expect(values.contains(try #require(recommended)))
        }
    }

    @Test("Steps are treated as the indices of whole numbers, bit for bit")
    func asIndices() throws {
        func space(_ domain: Parameter.Domain) throws -> ParameterSpace {
            try ParameterSpace([
                Parameter("x", .real(lower: 0, upper: 1, scale: .linear)), Parameter("size", domain),
            ])
        }
        var steps = try BayesianOptimizer(space: space(.steppedReal(lower: 0, upper: 6, step: 2)), seed: 3)
        var indices = try BayesianOptimizer(space: space(.integer(lower: 0, upper: 3, scale: .linear)), seed: 3)
        for turn in 0..<6 {
            let (ours, theirs) = (try steps.ask(2), try indices.ask(2))
            for (our, their) in zip(ours, theirs) {
                let index = try #require(their.parameters["size"]?.number)
                #expect(our.parameters == ["x": try #require(their.parameters["x"]), "size": .real(2 * index)])
                #expect(our.acquisition == their.acquisition)
                let loss = (index - 2) * (index - 2) + Double(turn)
                try steps.tell([Trial(our.parameters, .complete(loss: loss, variance: nil))])
                try indices.tell([Trial(their.parameters, .complete(loss: loss, variance: nil))])
            }
        }
    }

    static let fixed: [(Parameter.Domain, ParameterValue)] = [
        (.real(lower: 1, upper: 1, scale: .linear), .real(1)), (.real(lower: 0, upper: 0, scale: .linear), .real(0)),
        (.real(lower: 0.1, upper: 0.1, scale: .log), .real(0.1)),
        (.real(lower: -7, upper: -7, scale: .linear), .real(-7)),
        (.real(lower: 1e300, upper: 1e300, scale: .linear), .real(1e300)),
        (.real(lower: 1e300, upper: 1e300, scale: .log), .real(1e300)),
        (
            .real(lower: .leastNonzeroMagnitude, upper: .leastNonzeroMagnitude, scale: .linear),
            .real(.leastNonzeroMagnitude)
        ),
        (
            .real(lower: -.greatestFiniteMagnitude, upper: -.greatestFiniteMagnitude, scale: .linear),
            .real(-.greatestFiniteMagnitude)
        ),
        (.integer(lower: 3, upper: 3, scale: .linear), .integer(3)),
        (.integer(lower: 3, upper: 3, scale: .log), .integer(3)),
        (.integer(lower: 1 << 53, upper: 1 << 53, scale: .linear), .integer(1 << 53)),
        (.integer(lower: 1 << 53, upper: 1 << 53, scale: .log), .integer(1 << 53)),
        (.steppedReal(lower: 0.5, upper: 0.6, step: 0.2), .real(0.5)), (.ordinal(values: [4]), .real(4)),
    ]

    @Test("A fixed value changes nothing but is in every point", arguments: fixed)
    func fixedValue(domain: Parameter.Domain, value: ParameterValue) throws {
        let space = try ParameterSpace([
            Parameter("x", domain), Parameter("y", .real(lower: 0, upper: 1, scale: .linear)),
        ])
        for preset in Preset.allCases {
            var optimizer = try BayesianOptimizer(space: space, seed: 2, configuration: preset.configuration)
            for _ in 0..<10 {
                let point = try optimizer.ask()[0].parameters
                #expect(point["x"] == value)
                let y = try #require(point["y"]?.number)
                try optimizer.tell([Trial(point, .complete(loss: (y - 0.3) * (y - 0.3), variance: nil))])
            }
            let answer = try #require(try optimizer.recommendation())
            #expect(answer.parameters["x"] == value)
            #expect(abs(try #require(answer.parameters["y"]?.number) - 0.3) < 0.1)
            let surrogate = try #require(try optimizer.surrogate())
            #expect(surrogate.lengthScales.allSatisfy { $0.isFinite && $0 > 0 })
            #expect(try surrogate.predict([answer.parameters])[0].mean.isFinite)
            _ = try optimizer.ask(3)
        }
    }

    @Test("A space of fixed values only has one point, again and again", arguments: Preset.allCases)
    func allFixed(preset: Preset) throws {
        let space = try ParameterSpace([Parameter("x", .real(lower: 2, upper: 2, scale: .log))])
        var optimizer = try BayesianOptimizer(space: space, seed: 2, configuration: preset.configuration)
        for _ in 0..<5 {
            let points = try optimizer.ask(2).map(\.parameters)
            #expect(points == [["x": .real(2)], ["x": .real(2)]])
            try optimizer.tell([Trial(points[0], .complete(loss: 1, variance: nil))])
        }
        #expect(try optimizer.recommendation()?.parameters == ["x": .real(2)])
    }
}
