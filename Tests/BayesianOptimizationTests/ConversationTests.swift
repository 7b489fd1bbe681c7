import BayesianOptimization
import TestSupport
import Testing

/// One case of `Golden/conversations.json`, which `scripts/make-conversation-golden` writes.
struct Conversation: Decodable, Sendable, CustomTestStringConvertible {
    struct Line: Decodable, Sendable {
        var tell: [Trial]?
        var ask: Int?
        var next: [Suggestion]?
        var best: Recommendation?
        var stop: Bool?
    }

    var name: String
    var space: ParameterSpace
    var seed: UInt32
    var flags: [String]
    var lines: [Line]

    var testDescription: String { name }

    static let all: [Conversation] = GoldenJSON.cases("conversations.json", in: .module)

    var configuration: Configuration {
        var configuration = Configuration.robust
        for (flag, value) in zip(flags, flags.dropFirst()) {
            switch flag {
            case "--acquisition": configuration.acquisition = Acquisition(rawValue: value) ?? .logExpectedImprovement
            case "--length-scale": configuration.fixedLengthScale = Double(value)
            case "--noise-level": configuration.fixedNoiseLevel = Double(value)
            default: break
            }
        }
        return configuration
    }
}

@Suite("Recorded conversations")
struct ConversationTests {
    /// The greatest difference of two values, relative to the range of their parameter: another `libm` rounds
    /// differently.
    static let tolerance = 1e-9

    /// The distance of two points in units of the ranges; infinite for other choices.
    static func distance(
        _ first: [String: ParameterValue], _ second: [String: ParameterValue], in space: ParameterSpace
    ) -> Double {
        space.parameters.reduce(first.count == second.count ? 0 : .infinity) { greatest, parameter in
            guard let a = first[parameter.name]?.number, let b = second[parameter.name]?.number else {
                return first[parameter.name] == second[parameter.name] ? greatest : .infinity
            }
            guard case .real(let lower, let upper, _) = parameter.domain else { return a == b ? greatest : .infinity }
            return max(greatest, abs(a - b) / (upper - lower))
        }
    }

    @Test("The suggestions are the recorded ones", arguments: Conversation.all)
    func replay(_ conversation: Conversation) throws {
        var optimizer = try BayesianOptimizer(
            space: conversation.space, seed: conversation.seed, configuration: conversation.configuration)
        for (number, line) in conversation.lines.enumerated() {
            if let tell = line.tell {
                try optimizer.tell(tell)
                continue
            }
            let isPending = optimizer.trials.contains { $0.state == .pending }
            let best = try optimizer.recommendation()
            let stops = try optimizer.stopReason() != nil
            let next = try optimizer.ask(try #require(line.ask))
            let expected = try #require(line.next)
            #expect(next.count == expected.count)
            for (next, expected) in zip(next, expected) {
                let distance = Self.distance(next.parameters, expected.parameters, in: conversation.space)
                #expect(distance <= Self.tolerance, "line \(number): \(next) and not \(expected)")
                #expect((next.acquisition == nil) == (expected.acquisition == nil))
                #expect(abs((next.acquisition ?? 0) - (expected.acquisition ?? 0)) <= 1e-6)
            }
            // Recommendation and stopping rule depended on pending trials in that commit.
            if isPending { continue }
            #expect(stops == line.stop)
            #expect((best == nil) == (line.best == nil))
            guard let best, let expected = line.best else { continue }
            #expect(Self.distance(best.parameters, expected.parameters, in: conversation.space) <= Self.tolerance)
            let scale = max(abs(expected.mean), expected.standardDeviation)
            #expect(abs(best.mean - expected.mean) <= 1e-6 * scale)
            #expect(abs(best.standardDeviation - expected.standardDeviation) <= 1e-6 * scale)
        }
    }
}
