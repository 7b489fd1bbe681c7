/// The Mersenne Twister MT19937: a stream of 32-bit words with period 2¹⁹⁹³⁷ − 1.
///
/// After M. Matsumoto and T. Nishimura, "Mersenne Twister: A 623-dimensionally equidistributed uniform
/// pseudorandom number generator", ACM TOMACS 8 (1998), with the seeding of their 2002 reference code.
struct MersenneTwister: Sendable {
    /// Words of state (n of the paper).
    private static let length = 624

    /// Distance of the two words that are combined (m of the paper).
    private static let offset = 397

    private var words: [UInt32]
    private var position = Self.length

    /// Seeds with one word: `init_genrand` of the reference code.
    init(seed: UInt32) {
        var word = seed
        words = (1...UInt32(Self.length)).map { index in
            defer { word = 1_812_433_253 &* (word ^ (word >> 30)) &+ index }
            return word
        }
    }

    /// Seeds with several words: `init_by_array` of the reference code.
    ///
    /// - Precondition: `key` is not empty.
    init(key: [UInt32]) {
        precondition(!key.isEmpty, "a Mersenne Twister's key needs at least one word")
        self.init(seed: 19_650_218)
        let length = Self.length

        var position = 1
        func previous(_ words: [UInt32]) -> UInt32 { words[position - 1] ^ (words[position - 1] >> 30) }
        func advance(_ words: inout [UInt32]) {
            position += 1
            if position == length {
                words[0] = words[length - 1]
                position = 1
            }
        }

        for step in 0..<max(length, key.count) {
            let index = step % key.count
            words[position] =
                (words[position] ^ (previous(words) &* 1_664_525)) &+ key[index] &+ UInt32(truncatingIfNeeded: index)
            advance(&words)
        }
        for _ in 1..<length {
            words[position] = (words[position] ^ (previous(words) &* 1_566_083_941)) &- UInt32(position)
            advance(&words)
        }
        words[0] = 0x8000_0000
    }

    /// The next word of the stream.
    mutating func next() -> UInt32 {
        if position == Self.length {
            twist()
            position = 0
        }
        var word = words[position]
        position += 1

        // Tempering: makes the words equidistributed in their leading bits.
        word ^= word >> 11
        word ^= (word << 7) & 0x9d2c_5680
        word ^= (word << 15) & 0xefc6_0000
        word ^= word >> 18
        return word
    }

    /// Replaces all words of the state by the next ones of the recurrence.
    private mutating func twist() {
        for index in 0..<Self.length {
            let upper = words[index] & 0x8000_0000
            let lower = words[(index + 1) % Self.length] & 0x7fff_ffff
            let mixed = (upper | lower) >> 1
            words[index] = words[(index + Self.offset) % Self.length] ^ mixed ^ (lower & 1 == 0 ? 0 : 0x9908_b0df)
        }
    }
}
