import Backend

/// Reproducible random tensors for test cases.
struct Randoms {
    private var generator: SplitMix64

    init(seed: Int) {
        generator = SplitMix64(seed: seed)
    }

    /// Uniform in [0, 1).
    mutating func uniform() -> Float { Float(generator.next() >> 40) * 0x1p-24 }

    /// An integer in `0..<bound`.
    mutating func integer(below bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

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
