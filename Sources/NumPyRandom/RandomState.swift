/// NumPy's `RandomState`: the same draws, bit for bit, from the same seed.
///
/// By its policy NEP 19, NumPy does not change this class and its streams, so a run of this program can be replayed with
/// NumPy. A copy of a `RandomState` continues at the same position of the stream.
package struct RandomState: Sendable {
    private var generator: MersenneTwister

    /// The stream of `numpy.random.RandomState(seed)`.
    ///
    /// It differs from the stream of `RandomState([seed])`: NumPy seeds differently from a number and from a list.
    package init(seed: UInt32) {
        generator = MersenneTwister(seed: seed)
    }

    /// The stream of `numpy.random.RandomState(key)` where `key` is a list, such as `[10, 1, 0, 3]`.
    ///
    /// - Precondition: `key` is not empty; NumPy rejects an empty one too.
    package init(key: [UInt32]) {
        generator = MersenneTwister(key: key)
    }

    /// A uniform number in [0, 1) with 53 random bits: NumPy's `random_sample()`.
    package mutating func double() -> Double {
        let high = generator.next() >> 5
        let low = generator.next() >> 6
        return (Double(high) * 0x1p26 + Double(low)) / 0x1p53
    }

    /// Which of `rows` times `columns` uniform numbers, one row after another, are at least a threshold below 1, as bits:
    /// number `c` of a row is bit `c % 32` of its word `c / 32`.
    ///
    /// The numbers are those of NumPy's `random_sample((rows, columns))`.
    package mutating func bits(rows: Int, columns: Int, atLeast threshold: Double) -> [UInt32] {
        // `double()` is a whole number of 53 bits divided by a power of two, so the comparison of whole numbers is exact.
        let least = UInt64((threshold * 0x1p53).rounded(.up))
        var words: [UInt32] = []
        words.reserveCapacity(rows * ((columns + 31) / 32))
        for _ in 0..<rows {
            for first in stride(from: 0, to: columns, by: 32) {
                var word: UInt32 = 0
                for bit in 0..<min(32, columns - first) {
                    let high = UInt64(generator.next() >> 5)
                    let number = high << 26 | UInt64(generator.next() >> 6)
                    if number >= least { word |= 1 << UInt32(bit) }
                }
                words.append(word)
            }
        }
        return words
    }

    /// A uniform number in [low, high): NumPy's `uniform(low, high)`.
    ///
    /// Rounding may return `high` itself, as in NumPy.
    package mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * double()
    }

    /// Permutes the elements randomly: NumPy's `shuffle` of a one-dimensional array or list.
    package mutating func shuffle<Element>(_ elements: inout [Element]) {
        for index in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(index, integer(upTo: index))
        }
    }

    /// The numbers 0 to `count` − 1 in a random order: NumPy's `permutation(count)`.
    package mutating func permutation(_ count: Int) -> [Int] {
        var indices = Array(0..<count)
        shuffle(&indices)
        return indices
    }

    /// A uniform integer in 0...`limit`: NumPy's `random_interval`.
    ///
    /// It draws as many bits as `limit` has, until they are at most `limit`: fewer than two draws on average.
    private mutating func integer(upTo limit: Int) -> Int {
        let mask = UInt64.max >> UInt64(limit).leadingZeroBitCount
        while true {
            let value = bits(for: limit) & mask
            if value <= limit { return Int(value) }
        }
    }

    /// One word of the stream, or two (the first one high) if `limit` has more than 32 bits.
    private mutating func bits(for limit: Int) -> UInt64 {
        let word = UInt64(generator.next())
        return limit <= UInt32.max ? word : word << 32 | UInt64(generator.next())
    }
}
