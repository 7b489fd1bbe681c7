import BayesianOptimization
import NumPyRandom
import Studies
import Testing

/// The savings and the cost of early stopping on the measured losses of this network.
@Suite(.timeLimit(.minutes(10)))
struct PruningTableTests {
    /// The outcome of a study.
    private struct Result {
        /// The trained epochs, each of all folds.
        var epochs: Int
        /// The regret of the answer, without noise.
        var regret: Double
    }

    /// The default job of `optimize` on the table.
    private func study(
        _ table: LearningRateTable, tableSeed: Int, seed: UInt32, stopsEarly: Bool, evaluations: Int = 10
    ) throws -> Result {
        let study = try Study.make(
            .robust, seed: seed, pruning: stopsEarly ? EarlyStopping(divergedLoss: 2.1874) : nil, stopsEarly: stopsEarly
        )
        var random = RandomState(seed: seed)
        var epochs = 0
        try study.run(trials: evaluations) { plans, stops, finished in
            for (index, plan) in plans.enumerated() {
                let losses = table.losses(plan.rate, seed: tableSeed, random: &random)
                let all = losses[0].count
                let trained =
                    try (1..<all).first { epoch in try stops(index, losses.map { Array($0.prefix(epoch)) }) } ?? all
                epochs += trained
                let folds = losses.enumerated().map { fold, losses in
                    TrialRecord.FoldOutcome(
                        fold: fold, validationLoss: losses[trained - 1], validationAccuracy: 0, testLoss: 0,
                        testAccuracy: 0, epochLosses: Array(losses.prefix(trained)))
                }
                let isDiverged = folds.contains { !($0.validationLoss < 2.1874) }
                try finished(
                    index,
                    .init(
                        folds: folds, state: isDiverged ? .diverged : trained < all ? .pruned : .complete,
                        epochs: trained))
            }
        }
        let answer = try #require(study.record.answer?["learning_rate"]?.number)
        return Result(epochs: epochs, regret: table.smooth(answer) - table.least)
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    @Test("At least 30 % of the epochs are saved, and the median regret is not worse by more than 0.002")
    func savesEpochs() throws {
        let table = try LearningRateTable()
        var (with, without): ([Result], [Result]) = ([], [])
        for seed in 0..<UInt32(20) {
            for tableSeed in 0..<table.seedCount {
                with.append(try study(table, tableSeed: tableSeed, seed: seed, stopsEarly: true))
                without.append(try study(table, tableSeed: tableSeed, seed: seed, stopsEarly: false))
            }
        }
        let epochs = with.reduce(0) { $0 + $1.epochs }
        let all = without.reduce(0) { $0 + $1.epochs }
        #expect(all == without.count * 50)
        #expect(Double(epochs) <= 0.7 * Double(all), "\(epochs) of \(all) epochs")
        let (regret, full) = (median(with.map(\.regret)), median(without.map(\.regret)))
        #expect(regret <= full + 0.002, "median regret \(regret), and \(full) without stopping")
        print("epochs \(epochs) of \(all); median regret \(regret), and \(full) without stopping")
    }
}
