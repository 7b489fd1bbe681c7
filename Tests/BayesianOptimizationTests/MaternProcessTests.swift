import BayesianOptimization
import Foundation
import GaussianProcess
import NumPyRandom
import Testing

@Suite("The Matérn process of several axes")
struct MaternProcessTests {
    @Test("Posterior and marginal likelihood are scikit-learn's", arguments: PosteriorGolden.all)
    func posterior(_ golden: PosteriorGolden) throws {
        let posterior = try golden.posterior()
        #expect(
            abs(posterior.logMarginalLikelihood - golden.logMarginalLikelihood)
                <= 1e-9 * max(1, abs(golden.logMarginalLikelihood)))
        let predictions = posterior.predict(at: golden.places)
        for (index, prediction) in predictions.enumerated() {
            #expect(abs(prediction.mean - golden.means[index]) <= 1e-9)
            // The variance is a difference; its root loses digits near observations.
            let variance = golden.standardDeviations[index] * golden.standardDeviations[index]
            #expect(abs(prediction.standardDeviation * prediction.standardDeviation - variance) <= 1e-9)
            #expect(abs(posterior.mean(at: golden.places[index]) - prediction.mean) <= 1e-12)
        }
    }

    static func priors(axes: Int) -> [LogNormalPrior] {
        Array(repeating: LogNormalPrior(location: -0.5, scale: 0.7), count: axes)
            + [LogNormalPrior(location: 0.3, scale: 1.1), LogNormalPrior(location: -5, scale: 2)]
    }

    @Test("The gradient of the marginal likelihood is scikit-learn's", arguments: PosteriorGolden.all)
    func likelihoodGradient(_ golden: PosteriorGolden) {
        let likelihood = MarginalLikelihood(
            of: golden.observations(), priors: Self.priors(axes: golden.dimension), meanVariance: golden.meanVariance,
            jitter: 0)
        let point = golden.lengthScales.map { log($0) } + [log(golden.variance), log(0.1)]
        var workspace = MarginalLikelihood.Workspace()
        let (value, gradient) = likelihood.evaluate(point, in: &workspace)

        // The contribution of the priors: log-normal densities, up to constants.
        func prior(_ prior: LogNormalPrior, _ theta: Double) -> (value: Double, slope: Double) {
            let z = (theta - prior.location) / prior.scale
            return (-theta - z * z / 2, -1 - z / prior.scale)
        }
        let all = zip(Self.priors(axes: golden.dimension), point).map(prior)
        let expected = golden.lengthScaleGradient + [golden.varianceGradient, 0]
        let magnitude = expected.reduce(abs(golden.logMarginalLikelihood)) { $0 + abs($1) }
        #expect(abs(value - all.reduce(0) { $0 + $1.value } - golden.logMarginalLikelihood) <= 1e-9 * magnitude)
        for index in expected.indices {
            #expect(abs(gradient[index] - all[index].slope - expected[index]) <= 1e-8 * magnitude)
        }
    }

    @Test("The gradient by all hyperparameters is that of finite differences", arguments: PosteriorGolden.all)
    func finiteDifferences(_ golden: PosteriorGolden) {
        let likelihood = MarginalLikelihood(
            of: golden.observations(isNoiseKnown: false), priors: Self.priors(axes: golden.dimension),
            meanVariance: golden.meanVariance)
        let point = golden.lengthScales.map { log(0.8 * $0) } + [0.2, -3.0]
        var workspace = MarginalLikelihood.Workspace()
        let gradient = likelihood.evaluate(point, in: &workspace).gradient
        for index in point.indices {
            let step = 1e-5
            var above = point
            above[index] += step
            var below = point
            below[index] -= step
            let difference =
                (likelihood.evaluate(above, in: &workspace).value - likelihood.evaluate(below, in: &workspace).value)
                / (2 * step)
            #expect(abs(gradient[index] - difference) <= 1e-6 * max(1, abs(difference)))
        }
    }

    @Test("The gradient of a prediction is that of finite differences", arguments: PosteriorGolden.all)
    func predictionGradient(_ golden: PosteriorGolden) throws {
        let posterior = try golden.posterior()
        for place in golden.places {
            let (prediction, mean, deviation) = posterior.predictWithGradient(at: place)
            let direct = posterior.predict(at: [place])[0]
            #expect(abs(prediction.mean - direct.mean) <= 1e-12)
            #expect(abs(prediction.standardDeviation - direct.standardDeviation) <= 1e-12)
            for axis in place.indices {
                let step = 1e-6
                var near = [place, place]
                near[0][axis] += step
                near[1][axis] -= step
                let pair = posterior.predict(at: near)
                #expect(abs(mean[axis] - (pair[0].mean - pair[1].mean) / (2 * step)) <= 1e-5)
                let difference = (pair[0].standardDeviation - pair[1].standardDeviation) / (2 * step)
                #expect(abs(deviation[axis] - difference) <= 1e-4 * max(1, abs(difference)))
            }
        }
    }

    @Test("A fantasy keeps the mean and lowers the uncertainty", arguments: PosteriorGolden.all)
    func fantasy(_ golden: PosteriorGolden) throws {
        let posterior = try golden.posterior()
        let place = golden.places[0]
        var fantasy = posterior
        try fantasy.appendFantasy(at: place, noise: 1e-3)
        let before = posterior.predict(at: golden.places)
        let after = fantasy.predict(at: golden.places)
        for (before, after) in zip(before, after) {
            #expect(abs(before.mean - after.mean) <= 1e-12)
            #expect(after.standardDeviation <= before.standardDeviation + 1e-12)
        }
        #expect(after[0].standardDeviation <= 1e-3.squareRoot())

        // Conditioning on all observations and the fantasy gives the same, bit for bit.
        var observations = golden.observations()
        observations.append(place, target: posterior.mean(at: place), knownVariance: 1e-3)
        let fresh = try MaternPosterior(
            of: observations, hyperparameters: posterior.hyperparameters, meanVariance: golden.meanVariance, jitter: 0)
        #expect(fresh.predict(at: golden.places).map(\.standardDeviation) == after.map(\.standardDeviation))
    }

    @Test("Appended rows are those of a factor from the start, bit for bit", arguments: [1, 2, 3, 4, 5, 8, 13, 37, 64])
    func appending(count: Int) throws {
        var stream = RandomState(seed: UInt32(count))
        let columns = (0..<count).map { _ in (0..<count + 3).map { _ in stream.uniform(-1, 1) } }
        func entry(_ row: Int, _ column: Int) -> Double {
            zip(columns[row], columns[column]).reduce(0) { $0 + $1.0 * $1.1 }
        }
        func fill(_ row: Int, _ destination: UnsafeMutablePointer<Double>) {
            for column in 0...row { destination[column] = entry(row, column) }
        }
        let vector = (0..<count).map { Double($0 % 5) - 1.5 }
        let whole = try RowFactor(order: count, fill: fill)
        for first in 0..<count {
            var grown = try RowFactor(order: first, fill: fill)
            try grown.append(count - first, fill: fill)
            #expect(grown.solve(vector) == whole.solve(vector))
        }
        // A x = b.
        let x = whole.solve(vector)
        for row in 0..<count {
            let product = (0..<count).reduce(0) { $0 + entry(row, $1) * x[$1] }
            let terms = (0..<count).reduce(0) { $0 + abs(entry(row, $1) * x[$1]) }
            #expect(abs(product - vector[row]) <= 1e-12 * (1 + terms) * Double(count))
        }
    }

    @Test("A matrix that is not positive definite has no factor")
    func notPositiveDefinite() {
        #expect(throws: GaussianProcessError.notPositiveDefinite(order: 2)) {
            try RowFactor(order: 3) { row, destination in for column in 0...row { destination[column] = 1 } }
        }
    }
}
