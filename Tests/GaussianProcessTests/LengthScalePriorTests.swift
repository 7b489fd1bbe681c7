import Foundation
import GaussianProcess
import Testing

@Suite("The common prior of the length scales")
struct LengthScalePriorTests {
    static let priors = [
        LengthScalePrior(location: -1.45, scale: 0.5, commonScale: 0.5),
        LengthScalePrior(location: 0.7, scale: 1.3, commonScale: 0.2),
        LengthScalePrior(location: 0, scale: 0.3, commonScale: 4),
    ]

    /// The inverse of a positive definite matrix, by Gauss-Jordan elimination.
    static func inverse(_ matrix: [[Double]]) -> [[Double]] {
        let order = matrix.count
        var rows = matrix.enumerated().map { index, row in row + (0..<order).map { $0 == index ? 1 : 0 } }
        for pivot in 0..<order {
            let divisor = rows[pivot][pivot]
            rows[pivot] = rows[pivot].map { $0 / divisor }
            for row in 0..<order where row != pivot {
                let factor = rows[row][pivot]
                rows[row] = zip(rows[row], rows[pivot]).map { $0 - factor * $1 }
            }
        }
        return rows.map { Array($0.suffix(order)) }
    }

    /// Some observations of a given number of axes, some of known variance.
    static func observations(_ random: inout RandomData, axes: Int, count: Int = 9) -> Observations {
        var observations = Observations(axes: Array(0..<axes))
        for index in 0..<count {
            observations.append(
                (0..<axes).map { _ in random.uniform(0...1) }, target: random.uniform(-1...1),
                knownVariance: index.isMultiple(of: 4) ? 0.05 : nil)
        }
        return observations
    }

    @Test("It is the density of a normal distribution with an explicit covariance", arguments: priors, 1...5)
    func multivariateNormal(prior: LengthScalePrior, axes: Int) {
        var random = RandomData(seed: axes)
        let observations = Self.observations(&random, axes: axes)
        let logarithms = (0..<axes + 2).map { _ in random.uniform(-2...1) }
        var workspace = MarginalLikelihood.Workspace()
        let without = MarginalLikelihood(of: observations, meanVariance: 1).evaluate(logarithms, in: &workspace)
        let with = MarginalLikelihood(of: observations, lengthScalePrior: prior, meanVariance: 1).evaluate(
            logarithms, in: &workspace)

        let inverse = Self.inverse(
            (0..<axes).map { row in
                (0..<axes).map { column in
                    prior.commonScale * prior.commonScale + (row == column ? prior.scale * prior.scale : 0)
                }
            })
        let offsets = logarithms.prefix(axes).map { $0 - prior.location }
        let gradient = inverse.map { row in -zip(row, offsets).reduce(0) { $0 + $1.0 * $1.1 } }
        let value = 0.5 * zip(gradient, offsets).reduce(0) { $0 + $1.0 * $1.1 }
        let scale = 1e-12 * (1 + abs(with.value) + abs(value)) * 100
        #expect(abs(with.value - without.value - value) < scale)
        for axis in 0..<axes { #expect(abs(with.gradient[axis] - without.gradient[axis] - gradient[axis]) < scale) }
        #expect(with.gradient.suffix(2) == without.gradient.suffix(2))
    }

    @Test("The derivatives of the whole density are those of finite differences", arguments: priors, 1...4)
    func derivatives(prior: LengthScalePrior, axes: Int) {
        var random = RandomData(seed: 10 + axes)
        let observations = Self.observations(&random, axes: axes)
        let others = [LogNormalPrior(location: 5, scale: 2.2), LogNormalPrior(location: 7, scale: 4)]
        let likelihood = MarginalLikelihood(
            of: observations, priors: Array(repeating: nil, count: axes) + others, lengthScalePrior: prior,
            meanVariance: 1)
        let logarithms = (0..<axes + 2).map { _ in random.uniform(-2...1) }
        var workspace = MarginalLikelihood.Workspace()
        let gradient = likelihood.evaluate(logarithms, in: &workspace).gradient
        #expect(gradient.count == logarithms.count)
        for (derivative, difference) in zip(
            gradient, likelihood.centralDifferences(at: logarithms, in: &workspace))
        {
            #expect(abs(derivative - difference) < 1e-6)
        }
    }

    /// A search under a common prior, with bounds that are far away.
    static func search(_ prior: LengthScalePrior?, fixed: Double? = nil) -> HyperparameterSearch {
        var search = HyperparameterSearch(
            lengthScale: .init(bounds: 1e-3...1e3, prior: nil, starts: [-1, 0], fixed: fixed),
            variance: .init(bounds: 1e-3...1e3, prior: .init(location: 0, scale: 0.7), starts: [0]),
            noise: .init(bounds: 1e-8...10, prior: .init(location: -3, scale: 0.7), starts: [-3]))
        search.lengthScalePrior = prior
        return search
    }

    @Test("A search ends where the gradient of the density under the prior is 0", arguments: priors, 1...4)
    func search(prior: LengthScalePrior, axes: Int) {
        var random = RandomData(seed: 20 + axes)
        let observations = Self.observations(&random, axes: axes, count: 15)
        let search = Self.search(prior)
        let fitted = search.fit(to: observations, meanVariance: 1, jitter: 1e-8) { _ in .nan }
        let likelihood = MarginalLikelihood(
            of: observations,
            priors: Array(repeating: nil, count: axes) + [search.variance.prior, search.noise.prior],
            lengthScalePrior: prior, meanVariance: 1)
        var workspace = MarginalLikelihood.Workspace()
        let logarithms = fitted.lengthScales.map { log($0) } + [log(fitted.variance), log(fitted.noise)]
        for derivative in likelihood.evaluate(logarithms, in: &workspace).gradient { #expect(abs(derivative) < 1e-2) }
    }

    @Test("A fixed length scale has no prior")
    func fixed() {
        var random = RandomData(seed: 30)
        let observations = Self.observations(&random, axes: 3)
        func fit(_ prior: LengthScalePrior?) -> MaternHyperparameters {
            Self.search(prior, fixed: 0.4).fit(to: observations, meanVariance: 1, jitter: 1e-8) { _ in .nan }
        }
        #expect(fit(Self.priors[0]) == fit(nil))
        #expect(fit(nil).lengthScales == [0.4, 0.4, 0.4])
    }
}
