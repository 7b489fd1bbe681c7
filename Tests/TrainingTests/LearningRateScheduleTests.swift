import Foundation
import TestSupport
import Testing
import Training

/// The learning rates of `scripts/make-pytorch-golden schedules`.
@Suite struct LearningRateScheduleTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var schedule: String
        var warmUp: Int
        var factors: [Double]

        var testDescription: String { "\(schedule), \(warmUp) of \(factors.count) steps" }
    }

    /// PyTorch computes a rate from that of the step before, so its rounding errors add up.
    @Test(arguments: GoldenJSON.cases("schedules.json", in: .module) as [Case])
    func isPyTorchs(_ golden: Case) throws {
        let schedule = try #require(LearningRateSchedule(rawValue: golden.schedule))
        for (step, expected) in golden.factors.enumerated() {
            let found = schedule.factor(ofStep: step, of: golden.factors.count, warmUp: golden.warmUp)
            #expect(abs(found - expected) <= 1e-14, "step \(step): \(found), PyTorch \(expected)")
        }
    }
}
