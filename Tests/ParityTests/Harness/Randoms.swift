import Backend

/// Reproducible random numbers for test cases: SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
struct Randoms {
    private var state: UInt64

    init(seed: Int) {
        state = UInt64(bitPattern: Int64(seed))
    }

    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Uniform in [0, 1).
    mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// An integer in `0..<bound`.
    mutating func integer(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// Approximately normal, with mean 0 and standard deviation 1: the sum of twelve uniform numbers, minus 6.
    mutating func normal() -> Float { (0..<12).reduce(-6) { sum, _ in sum + uniform() } }

    /// Parameters of a stack.
    mutating func parameters(models: Int, count: Int, scale: Float = 1) -> StackTensor {
        StackTensor(models: models, count: count, (0..<models * count).map { _ in scale * normal() })
    }

    /// A stack of activations whose padding samples are NaN, infinite or huge, which must not affect a result.
    mutating func activation(
        _ shape: ActivationShape, counts: SampleCounts, _ draw: (inout Randoms) -> Float = { $0.normal() }
    ) -> StackTensor {
        StackTensor(shape, (0..<shape.count).map { _ in draw(&self) })
            .paddingFilled(counts) { [.nan, .infinity, 1e30, -1e30][$0 % 4] }
    }
}
