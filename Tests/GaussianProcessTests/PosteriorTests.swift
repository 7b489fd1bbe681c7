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
        let (posterior, trainingSet) = (try golden.posterior, golden.trainingSet)
        let predictions = posterior.predict(at: golden.places)
        #expect(
            abs(posterior.logMarginalLikelihood - golden.fixed.logMarginalLikelihood)
                <= Self.tolerance * abs(golden.fixed.logMarginalLikelihood))
        #expect(predictions.count == golden.fixed.mean.count)
        for (prediction, (mean, std)) in zip(predictions, zip(golden.fixed.mean, golden.fixed.std)) {
            #expect(
                abs(trainingSet.mean + trainingSet.deviation * prediction.mean - mean) <= Self.tolerance * abs(mean))
            #expect(abs(trainingSet.deviation * prediction.standardDeviation - std) <= Self.tolerance * std)
        }
    }

    @Test("Without noise the mean interpolates the observations and the deviation there is 0")
    func interpolates() throws {
        let xs = [0.0, 0.5, 1.5, 4.0]
        var trainingSet = TrainingSet(xs, [1, -2, 0.5, 3])
        trainingSet.alpha = 0
        let posterior = try trainingSet.posterior([0.7], noise: 0)
        for (x, target) in zip(xs, trainingSet.observations.targets) {
            let (prediction, _, byDeviation) = posterior.predictWithGradient(at: [x])
            #expect(abs(prediction.mean - target) < 1e-12)
            // A variance of some ulps of 1: a deviation of 10⁻⁷, or 0 where rounding made it negative.
            #expect(prediction.standardDeviation >= 0 && prediction.standardDeviation < 1e-7)
            #expect(byDeviation[0].isFinite)
        }
    }

    @Test("Far from the observations it returns to their mean and deviation")
    func prior() throws {
        var trainingSet = TrainingSet([0, 1, 2], [2, 4, 9])
        trainingSet.alpha = 0
        let prediction = try trainingSet.posterior([0.5], noise: 0.25).predict(at: [[1000]])[0]
        #expect(abs(prediction.mean) < 1e-14)
        #expect(abs(prediction.standardDeviation - 1.25.squareRoot()) < 1e-14)
    }

    @Test("A left-out observation is predicted as by the process without it", arguments: [0, 0.05])
    func leaveOneOut(noise: Double) throws {
        let trainingSet = TrainingSet([0, 0.4, 1, 1.7, 3], [1, -2, 0.5, 3, 1])
        let all = trainingSet.observations
        let hyperparameters = MaternHyperparameters(lengthScales: [0.7], variance: 2, noise: noise)
        func posterior(of observations: Observations) throws -> MaternPosterior {
            try MaternPosterior(
                of: observations, hyperparameters: hyperparameters, meanVariance: 0.5, jitter: 1e-6,
                predictsNoise: true)
        }
        for (left, prediction) in try posterior(of: all).leaveOneOut().enumerated() {
            var others = Observations(axes: [0])
            for index in 0..<all.count where index != left {
                others.append(all[index], target: all.targets[index], knownVariance: nil)
            }
            let expected = try posterior(of: others).predict(at: [all[left]])[0]
            #expect(abs(prediction.mean - expected.mean) < 1e-10)
            // The variance of an observation includes the jitter, which is 2e-6 here.
            let variance = prediction.standardDeviation * prediction.standardDeviation - 2e-6
            #expect(abs(variance - expected.standardDeviation * expected.standardDeviation) < 1e-10)
        }
    }

    @Test("Correlations with the observations are those of the process")
    func correlations() throws {
        let posterior = try TrainingSet([0, 0.5, 2], [1, -2, 0.5]).posterior([0.7], noise: 0.1)
        // The Matérn function with ν = 5/2 at distances of 0.5, 0 and 1.5.
        let expected = [0.5, 0, 1.5].map { distance in
            let scaled = 5.0.squareRoot() * distance / 0.7
            return (1 + scaled + scaled * scaled / 3) * Foundation.exp(-scaled)
        }
        for (correlation, value) in zip(posterior.correlations(at: [0.5]), expected) {
            #expect(abs(correlation - value) < 1e-14)
        }
    }

    @Test("The known variance of one observation lowers the weight of that observation alone")
    func knownVariance() throws {
        // Two observations so far apart that they are independent: each is shrunk towards the mean by 1 / (1 + variance).
        var observations = Observations(axes: [0])
        observations.append([0], target: -1, knownVariance: 3)
        observations.append([1000], target: 1, knownVariance: 0)
        let posterior = try MaternPosterior(
            of: observations, hyperparameters: .init(lengthScales: [1], variance: 1, noise: 7), meanVariance: 0,
            jitter: 0)
        let predictions = posterior.predict(at: [[0], [1000]])
        #expect(abs(predictions[0].mean + 0.25) < 1e-15)
        #expect(abs(predictions[1].mean - 1) < 1e-15)
    }

    @Test("Noise is optional in a prediction, and never part of a covariance")
    func predictedNoise() throws {
        var random = RandomData(seed: 5)
        let observations = random.trainingSet(limit: 12).observations
        func posterior(_ predictsNoise: Bool) throws -> MaternPosterior {
            try MaternPosterior(
                of: observations, hyperparameters: .init(lengthScales: [0.2], variance: 1.7, noise: 0.3),
                meanVariance: 0.4, predictsNoise: predictsNoise)
        }
        let (with, without) = (try posterior(true), try posterior(false))
        #expect(with.logMarginalLikelihood == without.logMarginalLikelihood)
        for x in [-0.5, 0.1, 0.33, 2] {
            let pair = (with.predict(at: [[x]])[0], without.predict(at: [[x]])[0])
            #expect(pair.0.mean == pair.1.mean)
            let variances = [pair.0, pair.1].map { $0.standardDeviation * $0.standardDeviation }
            #expect(abs(variances[0] - variances[1] - 0.3) < 1e-14)
        }
    }

    @Test("A prediction does not depend on the other points of the call")
    func independentPredictions() throws {
        let posterior = try RandomData.posterior(seed: 1, limit: 30)
        let xs = (0..<101).map { Double($0) / 100 }
        for (x, prediction) in zip(xs, posterior.predict(at: xs.map { [$0] })) {
            #expect(posterior.predict(at: [[x]]) == [prediction])
        }
    }

    @Test(
        "Length scales near the ends of the number range give finite predictions",
        arguments: [Double.leastNonzeroMagnitude, 1e308])
    func extremeLengthScales(lengthScale: Double) throws {
        let posterior = try TrainingSet([0.1, 0.2, 0.2, 0.7], [1, 2, 3, 1]).posterior([lengthScale], noise: 0.1)
        for x in [0.1, 0.15, 0.2, 1e9] {
            let (prediction, byMean, byDeviation) = posterior.predictWithGradient(at: [x])
            #expect(posterior.predict(at: [[x]]) == [prediction])
            let numbers = [prediction.mean, prediction.standardDeviation, byMean[0], byDeviation[0]]
            #expect(numbers.allSatisfy { $0.isFinite })
        }
    }

    @Test("The derivatives of a prediction are those of finite differences", arguments: 0..<10)
    func spatialGradient(seed: Int) throws {
        var random = RandomData(seed: seed)
        let posterior = try RandomData.posterior(seed: seed, limit: 12)
        let step = 1e-5
        for _ in 0..<5 {
            let x = random.uniform(-0.2...1.2)
            let (prediction, mean, standardDeviation) = posterior.predictWithGradient(at: [x])
            let around = posterior.predict(at: [[x - step], [x], [x + step]])
            #expect(prediction == around[1])
            // Central differences err by step²/6 of the third derivative, and by rounding over the step: 10⁻¹⁶ / 10⁻⁵.
            let tolerance = 1e-6 * (1 + posterior.hyperparameters.lengthScales[0])
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
        let (prediction, mean, standardDeviation) = posterior.predictWithGradient(at: point)
        #expect(posterior.meanWithGradient(at: point) == (prediction.mean, mean))
        for axis in 0..<3 {
            var (below, above) = (point, point)
            below[axis] -= step
            above[axis] += step
            let around = posterior.predict(at: [below, above])
            #expect(abs(mean[axis] - (around[1].mean - around[0].mean) / (2 * step)) < 1e-8)
            let difference = around[1].standardDeviation - around[0].standardDeviation
            #expect(abs(standardDeviation[axis] - difference / (2 * step)) < 1e-8)
        }
    }
}

extension RandomData {
    /// A posterior at random hyperparameters.
    static func posterior(seed: Int, limit: Int) throws -> MaternPosterior {
        var random = RandomData(seed: seed)
        return try random.trainingSet(limit: limit).posterior(
            [random.uniform(0.1...1)], noise: random.uniform(0.01...0.5))
    }
}
