import BayesianOptimization
import Testing

@Suite("Spaces of parameters")
struct ParameterSpaceTests {
    static let space: ParameterSpace = {
        do {
            return try ParameterSpace([
                Parameter("rate", .real(lower: 0.001, upper: 0.9, scale: .log)),
                Parameter("momentum", .real(lower: 0, upper: 0.99, scale: .linear)),
                Parameter("depth", .integer(lower: 1, upper: 8, scale: .linear)),
                Parameter("width", .integer(lower: 1, upper: 512, scale: .log)),
                Parameter("kind", .categorical(choices: ["a", "b", "c"])),
            ])
        } catch {
            fatalError("\(error)")
        }
    }()

    static let inside: [String: ParameterValue] = [
        "rate": .real(0.1), "momentum": .real(0.5), "depth": .integer(3), "width": .integer(64), "kind": .choice("b"),
    ]

    @Test(
        "All suggestions are in the space, and all choices and levels are suggested",
        arguments: [UInt32(0), 7])
    func asked(seed: UInt32) throws {
        var optimizer = try BayesianOptimizer(space: Self.space, seed: seed)
        var kinds: Set<ParameterValue> = []
        var depths: Set<ParameterValue> = []
        for suggestion in try optimizer.ask(60) {
            try Self.space.check(suggestion.parameters)
            kinds.insert(try #require(suggestion.parameters["kind"]))
            depths.insert(try #require(suggestion.parameters["depth"]))
        }
        #expect(kinds.count == 3)
        #expect(depths.count == 8)
    }

    static let outsideValues: [(String, ParameterValue)] = [
        ("rate", .real(0.0009)), ("rate", .real(.nan)), ("rate", .real(.infinity)), ("rate", .choice("a")),
        ("momentum", .real(1)), ("depth", .integer(0)), ("depth", .integer(9)), ("depth", .real(2)),
        ("kind", .choice("d")), ("kind", .integer(1)), ("other", .integer(1)),
    ]

    @Test("Values outside of a domain are refused, with the parameter's name", arguments: outsideValues)
    func outside(name: String, value: ParameterValue) throws {
        var point = Self.inside
        point[name] = value
        let error = #expect(throws: OptimizerError.self) { try Self.space.check(point) }
        #expect(try #require(error).description.contains(name))
    }

    @Test("Missing values are refused", arguments: ["rate", "kind"])
    func missing(name: String) {
        var point = Self.inside
        point[name] = nil
        #expect(throws: OptimizerError.self) { try Self.space.check(point) }
    }

    @Test("The bounds themselves are in the space, and whole numbers are real ones")
    func bounds() throws {
        for (rate, depth) in [(0.001, 1), (0.9, 8)] {
            var point = Self.inside
            point["rate"] = .real(rate)
            point["depth"] = .integer(depth)
            point["momentum"] = .integer(0)
            try Self.space.check(point)
        }
    }

    static let impossibleDomains: [Parameter.Domain] = [
        .real(lower: 1.5, upper: 1, scale: .linear), .real(lower: .nan, upper: 1, scale: .linear),
        .real(lower: 0, upper: .infinity, scale: .linear), .real(lower: 0, upper: 1, scale: .log),
        .integer(lower: 2, upper: 1, scale: .linear), .integer(lower: 0, upper: 4, scale: .log),
        .integer(lower: 0, upper: .max, scale: .linear), .categorical(choices: []), .categorical(choices: ["a", "a"]),
        .integer(lower: .min, upper: .max, scale: .linear), .integer(lower: -(1 << 53) - 1, upper: 0, scale: .linear),
        .ordinal(values: []), .ordinal(values: [1, 1]), .ordinal(values: [2, 1]), .ordinal(values: [.nan]),
        .ordinal(values: [1, .infinity]), .real(lower: 1e10, upper: 1e10 + 2e-6, scale: .log),
        .real(lower: -1e308, upper: 1e308, scale: .linear), .real(lower: 0, upper: 0, scale: .log),
        .real(lower: .infinity, upper: .infinity, scale: .linear), .steppedReal(lower: 0, upper: 1, step: 0),
        .steppedReal(lower: 0, upper: 1, step: -0.1), .steppedReal(lower: 0, upper: 1, step: .nan),
        .steppedReal(lower: 0, upper: 1, step: .infinity), .steppedReal(lower: 1, upper: 0, step: 0.1),
        .steppedReal(lower: 0, upper: 1, step: 1e-300), .steppedReal(lower: 1e16, upper: 1e16 + 8, step: 0.5),
        .steppedReal(lower: .nan, upper: 1, step: 0.1), .steppedInteger(lower: 0, upper: 9, step: 0),
        .steppedInteger(lower: 0, upper: 9, step: -3), .steppedInteger(lower: 3, upper: 2, step: 1),
        .steppedInteger(lower: .min, upper: .max, step: 2),
    ]

    @Test("Invalid domains are refused", arguments: impossibleDomains)
    func impossible(domain: Parameter.Domain) {
        #expect(throws: OptimizerError.self) { try Parameter("x", domain) }
    }

    @Test("Ordinal numbers are treated as their indices, bit for bit", arguments: Preset.allCases)
    func ordinal(preset: Preset) throws {
        let values = [16, 32.5, 100, 1e6]
        func space(_ domain: Parameter.Domain) throws -> ParameterSpace {
            try ParameterSpace([
                Parameter("x", .real(lower: 0, upper: 1, scale: .linear)), Parameter("size", domain),
            ])
        }
        var numbers = try BayesianOptimizer(
            space: space(.ordinal(values: values)), seed: 3, configuration: preset.configuration)
        var indices = try BayesianOptimizer(
            space: space(.integer(lower: 0, upper: 3, scale: .linear)), seed: 3, configuration: preset.configuration)
        var seen: Set<Double> = []
        for turn in 0..<8 {
            let (ours, theirs) = (try numbers.ask(2), try indices.ask(2))
            for (our, their) in zip(ours, theirs) {
                let size = try #require(our.parameters["size"]?.number)
                let index = try #require(values.firstIndex(of: size))
                #expect(their.parameters == ["x": our.parameters["x"] ?? .integer(0), "size": .integer(index)])
                #expect(our.acquisition == their.acquisition)
                let loss = Double(index - 2) * Double(index - 2) + Double(turn)
                try numbers.tell([Trial(our.parameters, .complete(loss: loss, variance: nil))])
                try indices.tell([Trial(their.parameters, .complete(loss: loss, variance: nil))])
                seen.insert(size)
            }
        }
        #expect(seen.count >= 3)
        try numbers.space.check(["x": .integer(0), "size": .integer(16)])
        #expect(throws: OptimizerError.self) { try numbers.space.check(["x": .integer(0), "size": .integer(17)]) }
    }

    @Test("A space needs parameters with different names")
    func impossibleSpaces() throws {
        #expect(throws: OptimizerError.self) { try ParameterSpace([]) }
        let x = try Parameter("x", .integer(lower: 0, upper: 1, scale: .linear))
        #expect(throws: OptimizerError.self) { try ParameterSpace([x, x]) }
    }
}
