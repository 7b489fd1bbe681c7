import Foundation
import GaussianProcess
import Testing

@Suite("Fitting the hyperparameters")
struct FitTests {
    static let bounds = 1e-5...1e5

    static func model(
        lengthScale: Double = 1, noiseLevel: Double = 1, fitLengthScale: Bool = true, fitNoise: Bool = true
    ) throws -> GaussianProcessModel<Matern52> {
        try GaussianProcessModel(
            kernel: Matern52(lengthScales: [lengthScale]), kernelBounds: [fitLengthScale ? bounds : nil],
            noiseLevel: noiseLevel, noiseBounds: fitNoise ? bounds : nil)
    }

    static func fit(_ trainingSet: TrainingSet, seed: Int = 0) throws -> Posterior<Matern52> {
        var random = RandomData(seed: seed)
        return try model().fit(to: trainingSet, restarts: 10) { random.uniform($0) }
    }

    @Test("Never less likely than scikit-learn's best of 33 searches", arguments: GoldenCase.fitted)
    func agreesWithScikitLearn(_ golden: GoldenCase) throws {
        let best = try #require(golden.bestLogMarginalLikelihood)
        let posterior = try Self.fit(golden.trainingSet)
        #expect(posterior.logMarginalLikelihood >= best - 1e-6)
    }

    @Test("Never less likely than the best of a fine grid", arguments: 0..<200)
    func globalMaximum(seed: Int) throws {
        var random = RandomData(seed: seed)
        let trainingSet = try random.trainingSet(limit: 16)
        let fitted = try Self.fit(trainingSet, seed: seed).logMarginalLikelihood
        var best = -Double.infinity
        // Offset at random, so that it is not the grid that the fit itself begins with.
        let (offset, shift) = (random.uniform(0...1), random.uniform(0...1))
        for row in 0..<150 {
            let kernel = Matern52(lengthScales: [exp(log(1e-5) + log(1e10) * (Double(row) + offset) / 150)])
            for column in 0..<30 {
                let noiseLevel = exp(log(1e-5) + log(1e10) * (Double(column) + shift) / 30)
                let posterior = try Posterior(of: trainingSet, kernel: kernel, noiseLevel: noiseLevel)
                best = max(best, posterior.logMarginalLikelihood)
            }
        }
        #expect(fitted >= best - 1e-6)
    }

    @Test(
        "A maximum within the bounds has no gradient, and is scikit-learn's gradient elsewhere",
        arguments: GoldenCase.all)
    func gradientAgreesWithScikitLearn(_ golden: GoldenCase) throws {
        let gradient = try golden.posterior.logMarginalLikelihoodGradient()
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
        let points = Points(
            dimension: dimension, coordinates: (0..<count * dimension).map { _ in random.uniform(0...1) })
        let trainingSet = try TrainingSet(
            points: points, values: (0..<count).map { _ in random.uniform(-1...1) },
            knownVariances: (0..<count).map { _ in random.uniform(0...0.1) })
        let logarithms = (0...dimension).map { _ in random.uniform(-2...1) }
        func posterior(_ logarithms: [Double]) throws -> Posterior<Matern52> {
            try Posterior(
                of: trainingSet, kernel: Matern52(lengthScales: logarithms.dropLast().map { exp($0) }),
                noiseLevel: exp(logarithms[dimension]))
        }
        let gradient = try posterior(logarithms).logMarginalLikelihoodGradient()
        let step = 1e-5
        for axis in logarithms.indices {
            var (below, above) = (logarithms, logarithms)
            below[axis] -= step
            above[axis] += step
            let difference =
                try posterior(above).logMarginalLikelihood - posterior(below).logMarginalLikelihood
            // Central differences: step²/6 of a third derivative of size n, and rounding of 10⁻¹⁴ over the step.
            #expect(abs(gradient[axis] - difference / (2 * step)) < 1e-7)
        }
    }

    @Test("Where the likelihood is flat, the hyperparameters nearest to the initial ones are kept")
    func ties() throws {
        let single = try TrainingSet(points: Points([0.3]), values: [2], knownVariances: [0.01])
        #expect(abs(try Self.fit(single).kernel.lengthScales[0] - 1) < 1e-6)

        // Two different values are most likely if independent: any length scale far below their distance will do.
        let pair = try TrainingSet(points: Points([0, 1]), values: [1, 2], knownVariances: [0.01, 0.01])
        let posterior = try Self.fit(pair)
        #expect(posterior.kernel.lengthScales[0] > 0.03 && posterior.kernel.lengthScales[0] < 0.2)
        let shorter = try Posterior(of: pair, kernel: Matern52(lengthScales: [1e-4]), noiseLevel: posterior.noiseLevel)
        #expect(posterior.logMarginalLikelihood > shorter.logMarginalLikelihood - 1e-6)
    }

    @Test("What is fixed keeps every bit")
    func fixed() throws {
        var random = RandomData(seed: 3)
        let trainingSet = try random.trainingSet(limit: 10)
        func fit(_ model: GaussianProcessModel<Matern52>) throws -> Posterior<Matern52> {
            try model.fit(to: trainingSet, restarts: 10) { random.uniform($0) }
        }
        let both = try fit(Self.model(lengthScale: 0.3, noiseLevel: 0.7, fitLengthScale: false, fitNoise: false))
        #expect(both.kernel.lengthScales == [0.3] && both.noiseLevel == 0.7)
        let noise = try fit(Self.model(lengthScale: 0.3, fitLengthScale: false))
        #expect(noise.kernel.lengthScales == [0.3])
        let length = try fit(Self.model(noiseLevel: 0, fitNoise: false))
        #expect(length.noiseLevel == 0)
        let free = try fit(Self.model())
        #expect(both.logMarginalLikelihood <= noise.logMarginalLikelihood)
        #expect(noise.logMarginalLikelihood <= free.logMarginalLikelihood + 1e-6)
    }

    @Test("Three length scales and the noise are fitted from random starting points")
    func fitInThreeDimensions() throws {
        let golden = try #require(GoldenCase.all.first { $0.dimension == 3 })
        let model = try GaussianProcessModel(
            kernel: Matern52(lengthScales: [1, 1, 1]), kernelBounds: [Self.bounds, Self.bounds, Self.bounds],
            noiseLevel: 1, noiseBounds: Self.bounds)
        var random = RandomData(seed: 1)
        let posterior = try model.fit(to: golden.trainingSet, restarts: 10) { random.uniform($0) }
        #expect(posterior.logMarginalLikelihood > golden.fixed.logMarginalLikelihood)
    }

    @Test("Observations that are no training set", arguments: InvalidTrainingSet.all)
    func invalidTrainingSet(_ invalid: InvalidTrainingSet) throws {
        let error = #expect(throws: GaussianProcessError.self) {
            try TrainingSet(
                points: Points(invalid.points), values: invalid.values, knownVariances: invalid.knownVariances)
        }
        #expect(try #require(error).description.contains(invalid.complaint))
    }

    @Test("Values that differ by rounding alone are constant")
    func constantValues() throws {
        // The mean of seven times 0.1 is not 0.1 in floating-point arithmetic.
        let values = Array(repeating: 0.1, count: 7)
        let xs = values.indices.map(Double.init)
        let trainingSet = try TrainingSet(points: Points(xs), values: values, knownVariances: xs.map { _ in 0.01 })
        let posterior = try Posterior(of: trainingSet, kernel: Matern52(lengthScales: [1]), noiseLevel: 0.5)
        let prediction = try posterior.predict(at: Points([100]))[0]
        #expect(abs(prediction.mean - 0.1) < 1e-15)
        #expect(abs(prediction.standardDeviation - 1.5.squareRoot()) < 1e-15)
    }

    @Test("Repeated points without noise have no likelihood")
    func notPositiveDefinite() throws {
        let trainingSet = try TrainingSet(points: Points([1, 1]), values: [1, 2], knownVariances: [0, 0])
        #expect(throws: GaussianProcessError.notPositiveDefinite(order: 2)) {
            try Posterior(of: trainingSet, kernel: Matern52(lengthScales: [1]), noiseLevel: 0)
        }
    }

    @Test("Hyperparameters that are impossible")
    func invalidHyperparameters() {
        #expect(throws: GaussianProcessError.self) { try Self.model(lengthScale: 0) }
        #expect(throws: GaussianProcessError.self) { try Self.model(lengthScale: -.infinity, fitLengthScale: false) }
        #expect(throws: GaussianProcessError.self) { try Self.model(lengthScale: 1e6) }
        #expect(throws: GaussianProcessError.self) { try Self.model(noiseLevel: 0) }
        #expect(throws: GaussianProcessError.self) { try Self.model(noiseLevel: .nan, fitNoise: false) }
        #expect(throws: GaussianProcessError.self) {
            try GaussianProcessModel(
                kernel: Matern52(lengthScales: [1]), kernelBounds: [0...2], noiseLevel: 1, noiseBounds: nil)
        }
        #expect(throws: GaussianProcessError.self) {
            try GaussianProcessModel(
                kernel: Matern52(lengthScales: [1, 2]), kernelBounds: [nil], noiseLevel: 1, noiseBounds: nil)
        }
    }
}

/// Observations that are no training set, and what is said of them.
struct InvalidTrainingSet: CustomTestStringConvertible, Sendable {
    var points: [Double]
    var values: [Double]
    var knownVariances: [Double]
    var complaint: String

    var testDescription: String { complaint }

    static let all = [
        InvalidTrainingSet(points: [], values: [], knownVariances: [], complaint: "there are none"),
        InvalidTrainingSet(points: [1, 2], values: [1], knownVariances: [0, 0], complaint: "1 values"),
        InvalidTrainingSet(points: [1, 2], values: [1, 2], knownVariances: [0], complaint: "1 variances"),
        InvalidTrainingSet(points: [1, .nan], values: [1, 2], knownVariances: [0, 0], complaint: "coordinate nan"),
        InvalidTrainingSet(points: [1, 2], values: [1, .infinity], knownVariances: [0, 0], complaint: "value inf"),
        InvalidTrainingSet(points: [1, 2], values: [1, 2], knownVariances: [0, -1], complaint: "variance -1"),
        InvalidTrainingSet(points: [1, 2], values: [1e200, -1e200], knownVariances: [0, 0], complaint: "overflow"),
    ]
}
