import BayesianOptimization
import Foundation
import NumPyRandom
import Testing

@Suite("Misuse")
struct MisuseTests {
    /// Extreme and special numbers.
    static let numbers: [Double] = [
        0, -0.0, 1, -1, 0.5, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        .leastNonzeroMagnitude, .leastNormalMagnitude, 1e300, -1e300, 1e150, 1e18, 0x1p52, 0x1p53, 1 + .ulpOfOne,
    ]

    static let integers: [Int] = [
        0, 1, -1, 2, 25, .max, .min, .max - 1, 1 << 53, -(1 << 53), (1 << 53) + 1, 1 << 32,
    ]

    /// Random draws from lists.
    struct Draws {
        var stream: RandomState

        init(seed: Int) { stream = RandomState(seed: UInt32(seed)) }

        mutating func pick<Element>(_ elements: [Element]) -> Element {
            elements[min(Int(stream.double() * Double(elements.count)), elements.count - 1)]
        }

        mutating func domain() -> Parameter.Domain {
            let scale = pick(Parameter.Scale.allCases)
            switch pick([0, 1, 2, 3, 4, 5]) {
            case 0: return .real(lower: pick(numbers), upper: pick(numbers), scale: scale)
            case 1: return .integer(lower: pick(integers), upper: pick(integers), scale: scale)
            case 4: return .steppedReal(lower: pick(numbers), upper: pick(numbers), step: pick(numbers))
            case 5: return .steppedInteger(lower: pick(integers), upper: pick(integers), step: pick(integers))
            case 2: return .ordinal(values: (0..<pick([0, 1, 2, 3])).map { _ in pick(numbers) })
            default:
                return .categorical(choices: (0..<pick([0, 1, 2, 40])).map { "\(pick(["", "a", "b"]))\($0 % 30)" })
            }
        }

        /// A value that may be invalid for a domain.
        mutating func value(_ domain: Parameter.Domain) -> ParameterValue {
            switch pick([0, 1, 2, 3, 4, 5]) {
            case 0: return .real(pick(numbers))
            case 1: return .integer(pick(integers))
            case 2: return .choice(pick(["", "a0", "b1"]))
            default:
                switch domain {
                case .real(let lower, let upper, _): return .real(pick([lower, upper]))
                case .integer(let lower, let upper, _): return .integer(pick([lower, upper]))
                case .steppedReal(let lower, let upper, let step): return .real(pick([lower, lower + step, upper]))
                case .steppedInteger(let lower, let upper, let step):
                    return .integer(pick([lower, lower &+ step, upper]))
                case .ordinal(let values): return .real(pick(values))
                case .categorical(let choices): return .choice(pick(choices))
                }
            }
        }

        mutating func state() -> Trial.State {
            switch pick([0, 1, 2, 3, 4, 5]) {
            case 0: .failed
            case 1: .pending
            case 2: .lost
            default: .complete(loss: pick(numbers), variance: pick([nil, nil, pick(numbers)]))
            }
        }
    }

    /// Runs a closure that may throw an error with a description of one line.
    static func attempt<Result>(_ body: () throws(OptimizerError) -> Result) -> Result? {
        do {
            return try body()
        } catch {
            #expect(!error.description.isEmpty && !error.description.contains("\n"))
            return nil
        }
    }

    @Test("Random settings, trials and requests throw or succeed, and never crash", arguments: 0..<150)
    func random(seed: Int) throws {
        var draws = Draws(seed: seed)
        var parameters: [Parameter] = []
        for index in 0..<draws.pick([1, 1, 2, 4]) {
            for _ in 0..<40 {
                let (name, domain) = (draws.pick(["", "x", "y\(index)", "z\(index)"]), draws.domain())
                guard let parameter = Self.attempt({ () throws(OptimizerError) in try Parameter(name, domain) }) else {
                    continue
                }
                #expect(!name.isEmpty)
                parameters.append(parameter)
                break
            }
        }
        let drawn = parameters
        guard let space = Self.attempt({ () throws(OptimizerError) in try ParameterSpace(drawn) }) else { return }
        var configuration = draws.pick(Preset.allCases).configuration
        configuration.acquisition = draws.pick(Acquisition.allCases)
        configuration.answer = draws.pick(Configuration.Answer.allCases)
        configuration.allowsRepeats = draws.pick([true, false])
        configuration.allowsOutside = draws.pick([true, false])
        configuration.fixedLengthScale = draws.pick([nil, nil, nil, draws.pick(Self.numbers)])
        configuration.fixedNoiseLevel = draws.pick([nil, nil, nil, draws.pick(Self.numbers)])
        let chosen = configuration
        let made = Self.attempt { () throws(OptimizerError) in
            try BayesianOptimizer(space: space, seed: .max, configuration: chosen)
        }
        guard var optimizer = made else { return }

        for _ in 0..<12 {
            let before = optimizer.trials
            if draws.pick([true, true, false]) {
                let trials = (0..<draws.pick([0, 1, 3])).map { _ in
                    var point: [String: ParameterValue] = [:]
                    for parameter in space.parameters { point[parameter.name] = draws.value(parameter.domain) }
                    if draws.pick([false, false, false, true]) { point[draws.pick(["", "other"])] = .real(0) }
                    return Trial(point, draws.state())
                }
                if Self.attempt({ () throws(OptimizerError) in try optimizer.tell(trials) }) == nil {
                    #expect(optimizer.trials == before)
                }
            } else {
                let count = draws.pick([-1, .min, 0, 1, 2, 3])
                let asked = Self.attempt { () throws(OptimizerError) in try optimizer.ask(count) }
                if let asked {
                    #expect(asked.count == count)
                    for suggestion in asked { try space.check(suggestion.parameters) }
                    #expect(throws: Never.self) { try JSONEncoder().encode(asked) }
                } else {
                    #expect(optimizer.trials == before)
                }
                #expect(count >= 0 || asked == nil)
            }
            let known = optimizer
            _ = Self.attempt { () throws(OptimizerError) in try known.stopReason() }
            let surrogate = Self.attempt { () throws(OptimizerError) in try known.surrogate() }
            let recommendation = Self.attempt { () throws(OptimizerError) in try known.recommendation() }
            guard let surrogate = surrogate ?? nil, let recommendation = recommendation ?? nil else { continue }
            #expect(throws: Never.self) { try JSONEncoder().encode(recommendation) }
            let points = known.trials.map(\.parameters) + [recommendation.parameters]
            #expect(try surrogate.predict(points).count == points.count)
            #expect(try surrogate.acquisition(points).count == points.count)
            #expect(surrogate.lengthScales.count == space.parameters.count)
            let strange = draws.value(space.parameters[0].domain)
            _ = Self.attempt { () throws(OptimizerError) in
                try surrogate.predict([[space.parameters[0].name: strange]])
            }
        }
    }

    @Test("A thousand parameters", arguments: Preset.allCases)
    func manyParameters(preset: Preset) throws {
        let space = try ParameterSpace(
            (0..<1000).map { index in
                try Parameter(
                    "\(index)",
                    index.isMultiple(of: 500)
                        ? .integer(lower: 1, upper: 1 << 40, scale: .log) : .real(lower: -1, upper: 1, scale: .linear))
            })
        var optimizer = try BayesianOptimizer(space: space, seed: 0, configuration: preset.configuration)
        for _ in 0..<6 {
            let point = try optimizer.ask()[0].parameters
            try space.check(point)
            try optimizer.tell([Trial(point, .complete(loss: point["1"]?.number ?? 0, variance: nil))])
        }
        #expect(try #require(try optimizer.surrogate()).lengthScales.count == 1000)
    }

    @Test("Negative numbers of points are refused", arguments: [-1, Int.min])
    func negativeCount(count: Int) throws {
        var optimizer = try BayesianOptimizer(space: GoldenCase.space, seed: 0)
        #expect(throws: OptimizerError.invalidCount(count)) { try optimizer.ask(count) }
        #expect(try optimizer.ask(0).isEmpty && optimizer.trials.isEmpty)
    }

    @Test("All whole numbers of the greatest range are in the space")
    func greatestRange() throws {
        for scale in Parameter.Scale.allCases {
            let lower = scale == .log ? 1 : -(1 << 53)
            let space = try ParameterSpace([Parameter("n", .integer(lower: lower, upper: 1 << 53, scale: scale))])
            var optimizer = try BayesianOptimizer(space: space, seed: 1)
            try optimizer.tell(
                [lower, 0 < lower ? 2 : 0, (1 << 53) - 1].map {
                    Trial(["n": .integer($0)], .complete(loss: Double($0), variance: nil))
                })
            for suggestion in try optimizer.ask(8) { try space.check(suggestion.parameters) }
        }
    }

    @Test("The same trial can be told a hundred times")
    func repeatedTells() throws {
        var optimizer = try BayesianOptimizer(space: GoldenCase.space, seed: 1)
        for _ in 0..<100 {
            try optimizer.tell([Trial(["x": .real(0.5)], .pending)])
            try optimizer.tell([Trial(["x": .real(0.5)], .complete(loss: 1, variance: 1e300))])
        }
        #expect(optimizer.trials.count == 100)
        #expect(try optimizer.ask(2).count == 2)
        #expect(try #require(try optimizer.recommendation()).mean.isFinite)
    }
}
