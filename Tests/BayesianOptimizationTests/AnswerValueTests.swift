import BayesianOptimization
import Foundation
import Testing

@Suite("An answer that is a trial has the values that were told")
struct AnswerValueTests {
    static let domains: [(Parameter.Domain, [ParameterValue])] = [
        (.real(lower: 1e-5, upper: 0.1, scale: .log), [0.003, 0.03, 0.0007, 1e-5, 0.1].map { .real($0) }),
        (.real(lower: -0.7, upper: 0.9, scale: .linear), [0.1, 0.3, 0.1 + 0.2, -0.7, 0.9].map { .real($0) }),
        (.steppedReal(lower: 0, upper: 1, step: 0.1), [0.3, 0.7, 0.9, 0, 1].map { .real($0) }),
        (.steppedReal(lower: 0.1, upper: 0.9, step: 0.2), [0.3, 0.7, 0.9, 0.1].map { .real($0) }),
        (
            .integer(lower: 1, upper: 1 << 53, scale: .linear),
            [1 << 53, (1 << 53) - 1, 1, 3, 3_999_999_999_999_999].map { .integer($0) }
        ),
        (
            .integer(lower: 1, upper: 1 << 53, scale: .log),
            [1 << 53, (1 << 53) - 1, 1, 3, 3_999_999_999_999_999].map { .integer($0) }
        ),
    ]

    @Test("Every value comes back bit for bit", arguments: domains, Configuration.Answer.allCases)
    func bits(domain: (Parameter.Domain, [ParameterValue]), answer: Configuration.Answer) throws {
        let space = try ParameterSpace([Parameter("x", domain.0)])
        for best in domain.1 {
            var optimizer = try BayesianOptimizer(space: space, seed: 0, configuration: .robust { $0.answer = answer })
            try optimizer.tell([Trial(["x": best], .complete(loss: 0, variance: nil))])
            #expect(try optimizer.recommendation()?.parameters == ["x": best])
            try optimizer.tell(
                domain.1.filter { $0 != best }.enumerated().map { index, other in
                    Trial(["x": other], .complete(loss: 3 + Double(index), variance: nil))
                })
            // The surrogate may find a better place, but none that is a trial but for rounding.
            let found = try #require(try optimizer.recommendation()?.parameters["x"])
            if answer == .bestTrial { #expect(found == best) }
            for told in domain.1 where !domain.1.contains(found) {
                let (one, other) = (try #require(found.number), try #require(told.number))
                if case .real = told { #expect(abs(one - other) > 1e-12 * abs(other)) }
            }
        }
    }

    @Test("The lowest of many losses at round learning rates is the answer")
    func roundRates() throws {
        let space = try ParameterSpace([Parameter("rate", .real(lower: 1e-5, upper: 0.1, scale: .log))])
        let rates = (1...9).flatMap { digit in
            ["e-5", "e-4", "e-3", "e-2"].compactMap { Double("\(digit)" + $0) }
        }
        var optimizer = try BayesianOptimizer(space: space, seed: 0)
        for _ in 0..<7 {
            try optimizer.tell(
                rates.map { rate in
                    let distance = log10(rate / 0.003)
                    return Trial(["rate": .real(rate)], .complete(loss: distance * distance, variance: nil))
                })
        }
        #expect(try optimizer.recommendation()?.parameters == ["rate": .real(0.003)])
    }

    @Test("The greatest whole number but one on a logarithmic scale is the answer")
    func logInteger() throws {
        let space = try ParameterSpace([
            Parameter("n", .integer(lower: 1, upper: 4_000_000_000_000_000, scale: .log))
        ])
        var optimizer = try BayesianOptimizer(space: space, seed: 0)
        try optimizer.tell(
            [(3_999_999_999_999_999, 0.0), (1, 5), (1000, 4), (100_000_000, 3)].map { number, loss in
                Trial(["n": .integer(number)], .complete(loss: loss, variance: nil))
            })
        #expect(try optimizer.recommendation()?.parameters == ["n": .integer(3_999_999_999_999_999)])
    }
}
