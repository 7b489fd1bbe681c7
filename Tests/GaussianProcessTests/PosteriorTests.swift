import Foundation
import GaussianProcess
import Testing

@Suite("The posterior")
struct PosteriorTests {
    /// The condition number of the covariance is at most (n + noise) / 0.01 < 10⁴ for up to 40 observations, so that
    /// rounding of 10⁻¹⁶ becomes at most about 10⁻¹² in the solution.
    static let tolerance = 1e-9

    @Test("Likelihood, mean and deviation are scikit-learn's", arguments: GoldenCase.all)
    func agreesWithScikitLearn(_ golden: GoldenCase) throws {
        let posterior = try golden.posterior
        let predictions = try posterior.predict(at: Points(dimension: golden.dimension, coordinates: golden.grid))
        #expect(
            abs(posterior.logMarginalLikelihood - golden.fixed.logMarginalLikelihood)
                <= Self.tolerance * abs(golden.fixed.logMarginalLikelihood))
        #expect(predictions.count == golden.fixed.mean.count)
        for (prediction, (mean, std)) in zip(predictions, zip(golden.fixed.mean, golden.fixed.std)) {
            #expect(abs(prediction.mean - mean) <= Self.tolerance * abs(mean))
            #expect(abs(prediction.standardDeviation - std) <= Self.tolerance * std)
        }
    }

    @Test("Without any noise it goes through the observations and is certain there")
    func interpolates() throws {
        let xs = [0.0, 0.5, 1.5, 4.0]
        let values = [1.0, -2.0, 0.5, 3.0]
        let trainingSet = try TrainingSet(points: Points(xs), values: values, knownVariances: [0, 0, 0, 0])
        let posterior = try Posterior(of: trainingSet, kernel: Matern52(lengthScales: [0.7]), noiseLevel: 0)
        for (prediction, value) in zip(try posterior.predict(at: Points(xs)), values) {
            #expect(abs(prediction.mean - value) < 1e-12)
            // A variance of some ulps of 1: a deviation of 10⁻⁷, or 0 where rounding made it negative.
            #expect(prediction.standardDeviation >= 0 && prediction.standardDeviation < 1e-7)
        }
    }

    @Test("Far from the observations it returns to their mean and deviation")
    func prior() throws {
        let values = [2.0, 4.0, 9.0]
        let trainingSet = try TrainingSet(points: Points([0, 1, 2]), values: values, knownVariances: [0, 0, 0])
        let posterior = try Posterior(of: trainingSet, kernel: Matern52(lengthScales: [0.5]), noiseLevel: 0.25)
        let prediction = try posterior.predict(at: Points([1000]))[0]
        let variance = values.map { ($0 - 5) * ($0 - 5) }.reduce(0, +) / 3
        #expect(abs(prediction.mean - 5) < 1e-14)
        #expect(abs(prediction.standardDeviation - (1.25 * variance).squareRoot()) < 1e-14)
    }

    @Test("The variance known for one observation weakens that observation alone")
    func knownVariance() throws {
        // Two observations so far apart that they are independent: each is shrunk towards the mean by 1 / (1 + variance).
        let trainingSet = try TrainingSet(points: Points([0, 1000]), values: [-1, 1], knownVariances: [3, 0])
        let posterior = try Posterior(of: trainingSet, kernel: Matern52(lengthScales: [1]), noiseLevel: 0)
        let predictions = try posterior.predict(at: trainingSet.points)
        #expect(abs(predictions[0].mean + 0.25) < 1e-15)
        #expect(abs(predictions[1].mean - 1) < 1e-15)
    }

    @Test("A prediction does not depend on what else is asked for")
    func independentPredictions() throws {
        let posterior = try RandomData.posterior(seed: 1, limit: 30)
        let xs = (0..<101).map { Double($0) / 100 }
        let together = try posterior.predict(at: Points(xs))
        for (x, prediction) in zip(xs, together) {
            #expect(try posterior.predict(at: Points([x])) == [prediction])
        }
    }

    @Test("The derivatives of a prediction are those of finite differences", arguments: 0..<10)
    func spatialGradient(seed: Int) throws {
        var random = RandomData(seed: seed)
        let posterior = try RandomData.posterior(seed: seed, limit: 12)
        let step = 1e-5
        for _ in 0..<5 {
            let x = random.uniform(-0.2...1.2)
            let (prediction, mean, standardDeviation) = try posterior.predictWithGradient(at: [x])
            let around = try posterior.predict(at: Points([x - step, x, x + step]))
            #expect(prediction == around[1])
            // Central differences err by step²/6 of the third derivative, and by rounding over the step: 10⁻¹⁶ / 10⁻⁵.
            let tolerance = 1e-6 * (1 + posterior.kernel.lengthScales[0])
            #expect(abs(mean[0] - (around[2].mean - around[0].mean) / (2 * step)) < tolerance)
            let difference = around[2].standardDeviation - around[0].standardDeviation
            #expect(abs(standardDeviation[0] - difference / (2 * step)) < tolerance)
        }
    }

    @Test("Derivatives in three dimensions")
    func spatialGradientInThreeDimensions() throws {
        let golden = try #require(GoldenCase.all.first { $0.dimension == 3 })
        let posterior = try golden.posterior
        let point = [0.1, -0.4, 0.7]
        let step = 1e-5
        let (_, mean, standardDeviation) = try posterior.predictWithGradient(at: point)
        for axis in 0..<3 {
            var (below, above) = (point, point)
            below[axis] -= step
            above[axis] += step
            let around = try posterior.predict(at: Points(dimension: 3, coordinates: below + above))
            #expect(abs(mean[axis] - (around[1].mean - around[0].mean) / (2 * step)) < 1e-8)
            let difference = around[1].standardDeviation - around[0].standardDeviation
            #expect(abs(standardDeviation[axis] - difference / (2 * step)) < 1e-8)
        }
    }

    @Test("Points that can't be predicted at")
    func invalidPoints() throws {
        let posterior = try RandomData.posterior(seed: 1, limit: 5)
        #expect(throws: GaussianProcessError.invalidPoints("points have 2 dimensions, not 1")) {
            try posterior.predict(at: Points(dimension: 2, coordinates: [0, 0]))
        }
        #expect(throws: GaussianProcessError.invalidPoints("a point has the coordinate inf")) {
            try posterior.predict(at: Points([0, .infinity]))
        }
    }
}

extension RandomData {
    /// A posterior at random hyperparameters.
    static func posterior(seed: Int, limit: Int) throws -> Posterior<Matern52> {
        var random = RandomData(seed: seed)
        let trainingSet = try random.trainingSet(limit: limit)
        return try Posterior(
            of: trainingSet, kernel: Matern52(lengthScales: [random.uniform(0.1...1)]),
            noiseLevel: random.uniform(0.01...0.5))
    }
}
