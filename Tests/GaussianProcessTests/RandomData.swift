import Foundation
import GaussianProcess
import ParityCases

/// Random data sets, the same in every run.
struct RandomData: RandomNumberGenerator {
    private var generator: SplitMix64

    init(seed: Int) {
        generator = SplitMix64(seed: seed)
    }

    mutating func next() -> UInt64 { generator.next() }

    mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        Double.random(in: range, using: &self)
    }

    /// Up to `limit` observations on [0, 1]: a wave of a random length plus noise of a random size, with some repeated
    /// points and outliers.
    mutating func trainingSet(limit: Int) -> TrainingSet {
        let count = Int.random(in: 2...limit, using: &self)
        let frequency = exp(uniform(-1...3))
        let noise = exp(uniform(-6...1))
        var xs = (0..<count).map { _ in uniform(0...1) }
        if uniform(0...1) < 0.3 { xs[count - 1] = xs[0] }
        var values = xs.map { x in sin(frequency * x) + noise * uniform(-1...1) }
        if uniform(0...1) < 0.3 { values[count / 2] += 5 }
        return TrainingSet(xs, values)
    }
}
