import Testing
import Training

/// The orders of NumPy: `numpy.random.RandomState([seed, 1, fold, epoch]).permutation(n)`.
@Suite struct EpochOrderTests {
    @Test func permutesLikeNumPy() {
        #expect(epochOrder(Array(0..<10), seed: 10, fold: 0, epoch: 0) == [6, 4, 8, 5, 2, 1, 9, 7, 3, 0])
        #expect(epochOrder(Array(0..<10), seed: 10, fold: 3, epoch: 4) == [7, 6, 1, 2, 8, 4, 3, 5, 9, 0])
        #expect(
            epochOrder(Array(0..<48000), seed: 10, fold: 2, epoch: 1).prefix(5) == [35649, 33085, 2221, 23379, 19411])
    }

    /// `numpy.random.RandomState([10, 1, 0, 0, replicate]).permutation(10)`; the first has no number.
    @Test func replicates() {
        let indices = Array(Int32(0)..<10)
        #expect(epochOrder(indices, seed: 10, fold: 0, epoch: 0, replicate: 1) == [7, 9, 2, 6, 1, 5, 4, 0, 3, 8])
        #expect(epochOrder(indices, seed: 10, fold: 0, epoch: 0, replicate: 2) == [3, 5, 8, 9, 4, 2, 7, 1, 0, 6])
        #expect(
            epochOrder(indices, seed: 10, fold: 0, epoch: 0, replicate: 0)
                == epochOrder(indices, seed: 10, fold: 0, epoch: 0))
    }

    @Test func permutesTheFoldsOwnIndices() {
        let identity = epochOrder(Array(0..<7), seed: 3, fold: 1, epoch: 2)
        let shifted = epochOrder(Array(100..<107), seed: 3, fold: 1, epoch: 2)
        #expect(shifted == identity.map { $0 + 100 })
    }
}
