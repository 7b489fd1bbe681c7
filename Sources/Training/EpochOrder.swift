import NumPyRandom

/// The order in which a fold goes through its training samples in one epoch: the sorted training indices, permuted by
/// NumPy's `RandomState([seed, 1, fold, epoch]).permutation(n)`.
///
/// The order does not depend on the hyperparameters: all trials see the same samples in the same order. A repetition of a
/// trial would therefore tell nothing new; replicate r from 1 on is permuted by `RandomState([seed, 1, fold, epoch, r])`.
package func epochOrder(
    _ trainingIndices: [Int32], seed: UInt32, fold: Int, epoch: Int, replicate: Int = 0
) -> [Int32] {
    let first = [seed, 1, UInt32(fold), UInt32(epoch)]
    var random = RandomState(key: replicate == 0 ? first : first + [UInt32(replicate)])
    return random.permutation(trainingIndices.count).map { trainingIndices[$0] }
}
