import NumPyRandom

/// The order in which a fold goes through its training samples in one epoch: the sorted training indices, permuted by
/// NumPy's `RandomState([seed, 1, fold, epoch]).permutation(n)`.
///
/// The order does not depend on the learning rate: all rates see the same batches.
package func epochOrder(_ trainingIndices: [Int32], seed: UInt32, fold: Int, epoch: Int) -> [Int32] {
    var random = RandomState(key: [seed, 1, UInt32(fold), UInt32(epoch)])
    return random.permutation(trainingIndices.count).map { trainingIndices[$0] }
}
