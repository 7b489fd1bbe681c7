import NumPyRandom

extension Fold {
    /// Shuffled k-fold cross-validation in which each fold has nearly the same share of every class, with the same indices as
    /// scikit-learn.
    ///
    /// This is `StratifiedKFold(folds, shuffle=True, random_state=seed)`: the classes are taken in the order in which they first
    /// occur. The samples in the order of the classes are dealt to the folds in turn, which gives the number of samples of a class
    /// in each fold; then NumPy's `RandomState(seed)` shuffles the folds of each class.
    ///
    /// A class with fewer samples than folds is missing in the validation of some folds.
    ///
    /// - Throws: ``DatasetError/impossibleSplit(samples:folds:)`` for fewer than two folds, or fewer samples than folds;
    ///   ``DatasetError/impossibleStratification(samples:folds:)`` if every class has fewer samples than folds.
    package static func stratifiedKFold(
        _ folds: Int, of labels: [UInt8], seed: UInt32
    ) throws(DatasetError) -> [Fold] {
        guard folds >= 2, folds <= labels.count else { throw .impossibleSplit(samples: labels.count, folds: folds) }
        var samples: [[Int]] = []
        var classOfLabel: [Int?] = Array(repeating: nil, count: 256)
        for (sample, label) in labels.enumerated() {
            if let known = classOfLabel[Int(label)] {
                samples[known].append(sample)
            } else {
                classOfLabel[Int(label)] = samples.count
                samples.append([sample])
            }
        }
        let largest = samples.map(\.count).max() ?? 0
        guard folds <= largest else { throw .impossibleStratification(samples: largest, folds: folds) }

        var foldOfSample = [Int](repeating: 0, count: labels.count)
        var random = RandomState(seed: seed)
        var dealt = 0
        for members in samples {
            var counts = [Int](repeating: 0, count: folds)
            for index in dealt..<dealt + members.count { counts[index % folds] += 1 }
            dealt += members.count
            var foldOfMember = counts.enumerated().flatMap { Array(repeating: $0, count: $1) }
            random.shuffle(&foldOfMember)
            for (sample, fold) in zip(members, foldOfMember) { foldOfSample[sample] = fold }
        }
        return divisions(by: foldOfSample, folds: folds)
    }

    /// The division in which each sample is for the validation of one fold.
    static func divisions(by foldOfSample: [Int], folds: Int) -> [Fold] {
        let samples = foldOfSample.indices.map(Int32.init)
        return (0..<folds).map { fold in
            Fold(
                training: samples.filter { foldOfSample[Int($0)] != fold },
                validation: samples.filter { foldOfSample[Int($0)] == fold })
        }
    }
}
