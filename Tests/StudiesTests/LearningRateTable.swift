import Foundation
import NumPyRandom
import Studies
import TestSupport

/// The measured losses of this network over learning rates: `scripts/data/learning-rate-table.json`.
///
/// The losses between the measured learning rates are the mean of the folds, interpolated in the logarithm of the rate,
/// plus the differences of the folds of a nearby measured rate from their mean.
struct LearningRateTable {
    private struct File: Decodable {
        var learning_rates: [Double]
        /// `[seed][rate][fold][epoch]`; `null` if nothing was measured, or a loss is not finite.
        var losses: [[[[Double?]]?]]
    }

    /// One learning rate of one seed.
    private struct Row {
        var logarithm: Double
        /// `[fold][epoch]`.
        var losses: [[Double]]

        func mean(_ epoch: Int) -> Double { losses.reduce(0) { $0 + $1[epoch] } / Double(losses.count) }
    }

    private let seeds: [[Row]]

    init() throws {
        let file = try JSONDecoder().decode(
            File.self, from: Data(contentsOf: Repository.file("scripts/data/learning-rate-table.json")))
        seeds = file.losses.map { rows in
            zip(file.learning_rates, rows).compactMap { rate, losses in
                losses.map { Row(logarithm: log(rate), losses: $0.map { $0.map { $0 ?? .infinity } }) }
            }
        }
    }

    var seedCount: Int { seeds.count }

    /// The losses of a training, `[fold][epoch]`.
    func losses(_ learningRate: Double, seed: Int, random: inout RandomState) -> [[Double]] {
        let (rows, x) = (seeds[seed], log(learningRate))
        let upper = rows.firstIndex { $0.logarithm >= x } ?? rows.count - 1
        let (low, high) = (rows[max(upper - 1, 0)], rows[upper])
        let part = low.logarithm < high.logarithm ? (x - low.logarithm) / (high.logarithm - low.logarithm) : 0
        // Diverged folds keep their measured losses, and do not count as noise of the others.
        let near = [low, high, rows[max(upper - 2, 0)], rows[min(upper + 1, rows.count - 1)]]
        let noise = near[min(Int(random.uniform(0, 4)), 3)]
        return noise.losses.map { fold in
            fold.indices.map { epoch in
                low.mean(epoch) * (1 - part) + high.mean(epoch) * part + fold[epoch] - noise.mean(epoch)
            }
        }
    }

    /// The final loss at a learning rate without noise: a local line through the means of all seeds, with the weights of a
    /// normal distribution of standard deviation 0.4 in the logarithm.
    func smooth(_ learningRate: Double) -> Double {
        let x = log(learningRate)
        var (weight, first, second, value, product) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for row in seeds.joined() {
            let distance = row.logarithm - x
            let w = exp(-0.5 * distance * distance / (0.4 * 0.4))
            let loss = row.mean(row.losses[0].count - 1)
            weight += w
            first += w * distance
            second += w * distance * distance
            value += w * loss
            product += w * distance * loss
        }
        return (second * value - first * product) / (weight * second - first * first)
    }

    /// The minimum of ``smooth(_:)`` over the whole range.
    var least: Double { (0...2000).map { smooth(0.001 * pow(900, Double($0) / 2000)) }.min() ?? .nan }
}
