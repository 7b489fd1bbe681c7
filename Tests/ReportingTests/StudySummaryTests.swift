import BayesianOptimization
import Foundation
import Reporting
import Studies
import Testing

@Suite("Study summary")
struct StudySummaryTests {
    /// Settings that the test does not check.
    private struct NoSettings: Encodable {}

    private func run(losses: [Double]) throws -> StudyRecord {
        let study = try Study(
            description: StudyDescription(
                origin: .init(backend: "cpu", device: "a processor", version: "1"), preset: .reference, seed: 10,
                settings: NoSettings(), data: NoSettings()),
            search: Study.Search(
                space: ParameterSpace([Parameter("learning_rate", .real(lower: 0.001, upper: 0.9, scale: .linear))]),
                configuration: {
                    var configuration = Configuration.reference
                    configuration.initialPoint = ["learning_rate": .real(0.01)]
                    return configuration
                }(),
                defaults: [NamedValue("learning_rate", .real(0.01)), NamedValue("batch_size", .integer(64))],
                noise: .estimated),
            file: nil)
        var left = losses
        try study.run(trials: losses.count) { plans, _, finished in
            for index in plans.indices {
                let loss = left.removeFirst()
                let folds = [-0.01, 0.01].enumerated().map { fold, difference in
                    TrialRecord.FoldOutcome(
                        fold: fold, validationLoss: loss + difference, validationAccuracy: 0.9, testLoss: loss,
                        testAccuracy: 0.8)
                }
                if loss.isNaN { try finished(index, .lost); continue }
                try finished(index, .init(folds: folds, state: loss > 2 ? .diverged : .complete))
            }
        }
        return study.record
    }

    @Test func tableMarksTheBest() throws {
        let lines = StudySummary.table(try run(losses: [0.5, 0.25, 2.3])).lines
        #expect(lines.count == 4)
        #expect(lines[0].contains("learning rate"))
        #expect(lines[1].hasPrefix("   1"))
        #expect(lines[1].contains("0.010000"))
        #expect(lines[1].contains("0.5000 ± 0.0141"))
        #expect(lines[1].hasSuffix("90.00 %        80.00 %"))
        #expect(lines[2].hasPrefix("*  2"))
        #expect(lines[3].hasSuffix("diverged"))
        // The columns are aligned.
        let column = lines[0].range(of: "validation loss")?.upperBound.utf16Offset(in: lines[0])
        #expect(column == lines[1].range(of: "0.0141")?.upperBound.utf16Offset(in: lines[1]))
    }

    @Test func oneLineForEachEvaluation() throws {
        let results = try run(losses: [0.5, 2.3])
        #expect(
            StudySummary.line(results.trials[0], of: 10)
                == "Evaluation 1 of 10: learning rate 0.010000, validation loss 0.5000 ± 0.0141, accuracy 90.00 %")
        #expect(StudySummary.line(results.trials[1], of: 10).hasSuffix(", diverged"))
    }

    @Test func lostEvaluation() throws {
        let results = try run(losses: [0.5, .nan])
        let line = StudySummary.line(results.trials[1], of: 10)
        #expect(line.hasPrefix("Evaluation 2 of 10: learning rate ") && line.hasSuffix(", lost"))
        let table = StudySummary.table(results).lines
        #expect(table[1].hasPrefix("*  1") && table[2].hasPrefix("   2") && table[2].hasSuffix("lost"))
        #expect(!table[2].contains("nan"))
    }
}
