import Foundation
import GaussianProcess
import Testing

@Suite("Fitting the hyperparameters")
struct FitTests {
    static let bounds = 1e-5...1e5

    /// The search for the maximum of the likelihood that the configuration `reference` makes.
    static func search(fixedLengthScale: Double? = nil, fixedNoise: Double? = nil) -> HyperparameterSearch {
        var search = HyperparameterSearch(
            lengthScale: .init(bounds: bounds, prior: nil, starts: [0], fixed: fixedLengthScale),
            variance: .init(bounds: bounds, prior: nil, starts: [0], fixed: 1),
            noise: .init(bounds: bounds, prior: nil, starts: [0], fixed: fixedNoise))
        search.restarts = 10
        search.screensGrid = true
        search.tieBreak = 1e-10
        return search
    }

    static func fit(
        _ trainingSet: TrainingSet, seed: Int = 0, _ search: HyperparameterSearch = search()
    ) -> MaternHyperparameters {
        var random = RandomData(seed: seed)
        return search.fit(to: trainingSet.observations, meanVariance: 0, jitter: trainingSet.alpha) {
            random.uniform($0)
        }
    }

    /// The log marginal likelihood at fitted hyperparameters.
    static func likelihood(_ trainingSet: TrainingSet, _ hyperparameters: MaternHyperparameters) throws -> Double {
        try trainingSet.posterior(hyperparameters).logMarginalLikelihood
    }

    @Test("Never less likely than scikit-learn's best of 33 searches", arguments: GoldenCase.fitted)
    func agreesWithScikitLearn(_ golden: GoldenCase) throws {
        let best = try #require(golden.bestLogMarginalLikelihood)
        #expect(try Self.likelihood(golden.trainingSet, Self.fit(golden.trainingSet)) >= best - 1e-6)
    }

    @Test("Never less likely than the best of a fine grid", arguments: 0..<200)
    func globalMaximum(seed: Int) throws {
        var random = RandomData(seed: seed)
        let trainingSet = random.trainingSet(limit: 16)
        let fitted = try Self.likelihood(trainingSet, Self.fit(trainingSet, seed: seed))
        var best = -Double.infinity
        // The random offset makes it differ from the grid that the fit itself begins with.
        let (offset, shift) = (random.uniform(0...1), random.uniform(0...1))
        for row in 0..<150 {
            let lengthScale = exp(log(1e-5) + log(1e10) * (Double(row) + offset) / 150)
            for column in 0..<30 {
                let noise = exp(log(1e-5) + log(1e10) * (Double(column) + shift) / 30)
                best = max(best, try trainingSet.posterior([lengthScale], noise: noise).logMarginalLikelihood)
            }
        }
        #expect(fitted >= best - 1e-6)
    }

    @Test(
        "A maximum within the bounds has no gradient, and is scikit-learn's gradient elsewhere",
        arguments: GoldenCase.all)
    func gradientAgreesWithScikitLearn(_ golden: GoldenCase) {
        let gradient = golden.trainingSet.likelihood(golden.fixed.lengthScales, noise: golden.fixed.noiseLevel).gradient
        #expect(gradient.count == golden.fixed.gradient.count)
        for (ours, theirs) in zip(gradient, golden.fixed.gradient) {
            // Terms of size n cancel.
            #expect(abs(ours - theirs) <= 1e-9 * Double(golden.values.count))
        }
    }

    @Test("The gradient of the likelihood is that of finite differences", arguments: 0..<20)
    func gradient(seed: Int) throws {
        var random = RandomData(seed: seed)
        let count = Int.random(in: 2...15, using: &random)
        let dimension = Int.random(in: 1...4, using: &random)
        var observations = Observations(axes: Array(0..<dimension))
        for index in 0..<count {
            observations.append(
                (0..<dimension).map { _ in random.uniform(0...1) }, target: random.uniform(-1...1),
                knownVariance: index.isMultiple(of: 3) ? random.uniform(0.01...0.1) : nil)
        }
        let likelihood = MarginalLikelihood(of: observations, meanVariance: random.uniform(0...1))
        let logarithms = (0..<dimension + 2).map { _ in random.uniform(-2...1) }
        var workspace = MarginalLikelihood.Workspace()
        let (value, gradient) = likelihood.evaluate(logarithms, in: &workspace)
        let alone = likelihood.evaluate(logarithms, in: &workspace, wantsGradient: false)
        #expect(alone.value == value && alone.gradient.isEmpty)
        #expect(gradient.count == logarithms.count)
        for (derivative, difference) in zip(
            gradient, likelihood.centralDifferences(at: logarithms, in: &workspace))
        {
            #expect(abs(derivative - difference) < 1e-7)
        }
    }

    @Test("Where the likelihood is flat, the hyperparameters nearest to the initial ones are kept")
    func ties() throws {
        #expect(abs(Self.fit(TrainingSet([0.3], [2])).lengthScales[0] - 1) < 1e-6)

        // Two different values are most likely if independent: any length scale far below their distance will do.
        let pair = TrainingSet([0, 1], [1, 2])
        let fitted = Self.fit(pair)
        #expect(fitted.lengthScales[0] > 0.03 && fitted.lengthScales[0] < 0.2)
        let shorter = try pair.posterior([1e-4], noise: fitted.noise)
        #expect(try Self.likelihood(pair, fitted) > shorter.logMarginalLikelihood - 1e-6)
    }

    @Test("A fixed hyperparameter keeps every bit")
    func fixed() throws {
        var random = RandomData(seed: 3)
        let trainingSet = random.trainingSet(limit: 10)
        let both = Self.fit(trainingSet, Self.search(fixedLengthScale: 0.3, fixedNoise: 0.7))
        #expect(both == MaternHyperparameters(lengthScales: [0.3], variance: 1, noise: 0.7))
        let noise = Self.fit(trainingSet, Self.search(fixedLengthScale: 0.3))
        #expect(noise.lengthScales == [0.3] && noise.variance == 1)
        let length = Self.fit(trainingSet, Self.search(fixedNoise: 0))
        #expect(length.noise == 0)
        let free = Self.fit(trainingSet)
        func likelihood(_ hyperparameters: MaternHyperparameters) throws -> Double {
            try Self.likelihood(trainingSet, hyperparameters)
        }
        #expect(try likelihood(both) <= likelihood(noise))
        #expect(try likelihood(noise) <= likelihood(free) + 1e-6)
    }

    @Test("Three length scales and the noise are fitted from random starting points")
    func fitInThreeDimensions() throws {
        let golden = try #require(GoldenCase.all.first { $0.dimension == 3 })
        let fitted = Self.fit(golden.trainingSet, seed: 1)
        #expect(try Self.likelihood(golden.trainingSet, fitted) > golden.fixed.logMarginalLikelihood)
    }

    @Test("Under priors, the most probable hyperparameters are those of a fine grid", arguments: 0..<10)
    func maximumAPosteriori(seed: Int) throws {
        var random = RandomData(seed: seed)
        let observations = random.trainingSet(limit: 12).observations
        let priors = [
            LogNormalPrior(location: -1, scale: 0.6), LogNormalPrior(location: 0.5, scale: 0.5),
            LogNormalPrior(location: -4, scale: 1),
        ]
        var search = HyperparameterSearch(
            lengthScale: .init(bounds: 0.01...100, prior: priors[0], starts: [-1]),
            variance: .init(bounds: 0.05...20, prior: priors[1], starts: [0]),
            noise: .init(bounds: 1e-8...2, prior: priors[2], starts: [log(1e-2), log(1e-6)]))
        #expect(search.drawCount(axes: 1) == 0)
        let fitted = search.fit(to: observations, meanVariance: 1, jitter: 1e-8) { _ in .nan }
        let likelihood = MarginalLikelihood(of: observations, priors: priors, meanVariance: 1)
        var workspace = MarginalLikelihood.Workspace()
        func value(_ logarithms: [Double]) -> Double {
            likelihood.evaluate(logarithms, in: &workspace, wantsGradient: false).value
        }
        let found = value([log(fitted.lengthScales[0]), log(fitted.variance), log(fitted.noise)])
        for row in 0...40 {
            for column in 0...20 {
                for layer in 0...30 {
                    let place = [-4 + 0.15 * Double(row), -2.5 + 0.25 * Double(column), -10 + 0.35 * Double(layer)]
                    #expect(value(place) <= found + 1e-2)
                }
            }
        }
        search.restarts = 3
        #expect(search.drawCount(axes: 1) == 9 && search.drawCount(axes: 4) == 18)
    }

    @Test("Values that differ by rounding alone are constant")
    func constantValues() throws {
        let xs = (0..<7).map(Double.init)
        let posterior = try TrainingSet(xs, xs.map { _ in 0.1 }).posterior([1], noise: 0.5)
        let prediction = posterior.predict(at: [[100]])[0]
        #expect(abs(prediction.mean) < 1e-15)
        #expect(abs(prediction.standardDeviation - 1.5.squareRoot()) < 1e-15)
    }

    @Test("Repeated points without noise have no likelihood")
    func notPositiveDefinite() throws {
        var trainingSet = TrainingSet([1, 1], [1, 2])
        trainingSet.alpha = 0
        #expect(throws: GaussianProcessError.notPositiveDefinite(order: 2)) {
            try trainingSet.posterior([1], noise: 0)
        }
        var workspace = MarginalLikelihood.Workspace()
        let likelihood = MarginalLikelihood(of: trainingSet.observations, meanVariance: 0, jitter: 0)
        #expect(likelihood.evaluate([0, 0, -.infinity], in: &workspace) == (-.infinity, [0, 0, 0]))
    }
}
