import NumPyRandom

/// A division of samples into training and validation samples.
package struct Fold: Sendable, Equatable {
    /// The indices of the training samples, in increasing order.
    package let training: [Int32]

    /// The indices of the validation samples, in increasing order.
    package let validation: [Int32]
}

extension Fold {
    /// Shuffled k-fold cross-validation of the samples 0 to `count` − 1, with the same indices as scikit-learn.
    ///
    /// This is `KFold(folds, shuffle=True, random_state=seed)`: the samples are shuffled by NumPy's `RandomState(seed)`
    /// and divided into consecutive parts of nearly equal size, the larger ones first. Each part is the validation set
    /// of one fold.
    ///
    /// - Throws: ``DatasetError/impossibleSplit(samples:folds:)`` for fewer than two folds, or fewer samples than folds.
    package static func kFold(_ folds: Int, of count: Int, seed: UInt32) throws(DatasetError) -> [Fold] {
        guard folds >= 2, folds <= count else { throw .impossibleSplit(samples: count, folds: folds) }
        var order = Array(0..<Int32(count))
        var random = RandomState(seed: seed)
        random.shuffle(&order)

        var foldOfSample = [Int](repeating: 0, count: count)
        var start = 0
        for fold in 0..<folds {
            let size = count / folds + (fold < count % folds ? 1 : 0)
            for sample in order[start..<start + size] { foldOfSample[Int(sample)] = fold }
            start += size
        }
        return divisions(by: foldOfSample, folds: folds)
    }
}
