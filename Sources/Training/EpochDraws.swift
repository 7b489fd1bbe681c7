package import Backend
import NeuralNetwork
import NumPyRandom

/// What is drawn for the samples of an epoch, besides their order.
package struct EpochDraws: Sendable {
    /// How the images are changed, `[model][sample]` in the order of the epoch; nil for images as they are.
    package var changes: [[ImageChange]]?

    /// What each dropout keeps, `[dropout][model]`, as `NetworkStack.setDropoutMasks(_:)` takes it; nil for everything.
    package var masks: [[[UInt32]]]?

    /// The default is nothing.
    package init(changes: [[ImageChange]]? = nil, masks: [[[UInt32]]]? = nil) {
        self.changes = changes
        self.masks = masks
    }
}

/// A model of a stack, as the draws of an epoch depend on it.
struct DrawnModel: Hashable {
    /// The number of samples; 0 for a model that is not trained any more.
    var samples: Int
    var fold: Int
    var replicate: Int
    /// The probability of each dropout that has none of its own.
    var dropout: Double
}

extension EpochDraws {
    /// Draws for the models of a stack.
    ///
    /// Models that differ in nothing that the draws depend on have the same ones, which are drawn once.
    init(_ models: [DrawnModel], epoch: Int, _ network: NetworkPlan, _ settings: TrainingSettings) {
        func forEach<Draw>(_ draw: (DrawnModel) -> Draw) -> [Draw] {
            var drawn: [DrawnModel: Draw] = [:]
            return models.map { model in
                let value = drawn[model] ?? draw(model)
                drawn[model] = value
                return value
            }
        }
        if !settings.augmentation.isEmpty {
            changes = forEach { model in
                settings.augmentation.changes(
                    samples: model.samples, of: network.description.input.image, seed: settings.seed, fold: model.fold,
                    epoch: epoch, replicate: model.replicate)
            }
        }
        let dropouts = network.dropouts
        if models.contains(where: { model in dropouts.contains { $0.probability ?? model.dropout > 0 } }) {
            let perModel = forEach { model in
                dropoutMasks(
                    dropouts.map { ($0.probability ?? model.dropout, $0.values) }, samples: model.samples,
                    seed: settings.seed, fold: model.fold, epoch: epoch, replicate: model.replicate)
            }
            masks = dropouts.indices.map { dropout in perModel.map { $0[dropout] } }
        }
    }
}

extension EpochDraws {
    /// The draws of a part of the samples: of each model's order `counts[m]` samples from `start` on.
    ///
    /// - Parameter dropouts: those of the network.
    func part(from start: Int, counts: [Int], dropouts: [(probability: Double?, values: Int)]) -> EpochDraws {
        EpochDraws(
            changes: changes.map { changes in
                zip(changes, counts).map { Array($0.dropFirst(start).prefix($1)) }
            },
            masks: masks.map { masks in
                zip(masks, dropouts).map { perModel, dropout in
                    let words = (dropout.values + 31) / 32
                    return zip(perModel, counts).map { Array($0.dropFirst(start * words).prefix($1 * words)) }
                }
            })
    }
}

/// What the dropouts of a network keep in an epoch, for each of them the words of one sample after another.
///
/// They are drawn as NumPy's `RandomState([seed, 4, fold, epoch])` does, and for replicates r = 1, 2, ... as
/// `RandomState([seed, 4, fold, epoch, r])`: for one dropout after another `random_sample((samples, values))`, with the samples in
/// the epoch's order and the values in that of PyTorch. A value is kept if its number is at least the probability.
package func dropoutMasks(
    _ dropouts: [(probability: Double, values: Int)], samples: Int, seed: UInt32, fold: Int, epoch: Int,
    replicate: Int = 0
) -> [[UInt32]] {
    let first = [seed, 4, UInt32(fold), UInt32(epoch)]
    var random = RandomState(key: replicate == 0 ? first : first + [UInt32(replicate)])
    return dropouts.map { random.bits(rows: samples, columns: $0.values, atLeast: $0.probability) }
}
