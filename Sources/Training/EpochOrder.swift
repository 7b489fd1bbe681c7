import NumPyRandom

/// The order of a fold's training samples in one epoch: the sorted training indices, permuted by NumPy's
/// `RandomState([seed, 1, fold, epoch]).permutation(n)`.
///
/// The order does not depend on the hyperparameters: all trials have the same samples in the same order, and repeating a trial
/// gives the same result. Replicates r = 1, 2, ... are permuted by `RandomState([seed, 1, fold, epoch, r])` instead.
package func epochOrder(
    _ trainingIndices: [Int32], seed: UInt32, fold: Int, epoch: Int, replicate: Int = 0
) -> [Int32] {
    let first = [seed, 1, UInt32(fold), UInt32(epoch)]
    var random = RandomState(key: replicate == 0 ? first : first + [UInt32(replicate)])
    return random.permutation(trainingIndices.count).map { trainingIndices[$0] }
}
