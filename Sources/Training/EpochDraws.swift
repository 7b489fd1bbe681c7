package import Backend

/// What is drawn for the samples of an epoch, besides their order.
package struct EpochDraws: Sendable {
    /// How the images are changed, `[model][sample]` in the order of the epoch; nil for images as they are.
    package var changes: [[ImageChange]]?

    /// The default is nothing.
    package init(changes: [[ImageChange]]? = nil) {
        self.changes = changes
    }
}

/// A model of a stack, as the draws of an epoch depend on it.
struct DrawnModel: Hashable {
    /// The number of samples; 0 for a model that is not trained any more.
    var samples: Int
    var fold: Int
    var replicate: Int
}

extension EpochDraws {
    /// Draws for the models of a stack.
    ///
    /// Configurations of the same replicate have the same draws, which are drawn once.
    /// - Parameter image: the extent of an image.
    init(_ models: [DrawnModel], epoch: Int, of image: Extent, _ settings: TrainingSettings) {
        var drawn: [DrawnModel: [ImageChange]] = [:]
        func changes(of model: DrawnModel) -> [ImageChange] {
            if let known = drawn[model] { return known }
            let changes = settings.augmentation.changes(
                samples: model.samples, of: image, seed: settings.seed, fold: model.fold, epoch: epoch,
                replicate: model.replicate)
            drawn[model] = changes
            return changes
        }
        if !settings.augmentation.isEmpty { self.changes = models.map(changes) }
    }
}
