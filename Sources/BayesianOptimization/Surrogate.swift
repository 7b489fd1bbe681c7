import GaussianProcess

/// A Gaussian process fitted to observations, with the acquisition function that says where to look next.
public struct Surrogate: Sendable {
    /// The length scale of the Matérn kernel, in the units of x.
    public let lengthScale: Double

    /// The variance of the white noise, in units of the variance of the observed losses.
    public let noiseLevel: Double

    /// The logarithm of the marginal likelihood of the standardised losses, in nats.
    public let logMarginalLikelihood: Double

    private let posterior: Posterior<Matern52>
    private let expectedImprovement: ExpectedImprovement

    /// Fits the model of a preset; hyperparameters that are given are kept.
    ///
    /// - Parameter draw: Draws a uniform random number between two bounds.
    init(
        of observations: [Observation], settings: ReferenceSettings, fixedLengthScale: Double?,
        fixedNoiseLevel: Double?,
        draw: (ClosedRange<Double>) -> Double
    ) throws(OptimizerError) {
        posterior = try Self.attempt {
            let trainingSet = try TrainingSet(
                points: Points(observations.map(\.x)), values: observations.map(\.loss),
                knownVariances: observations.map { _ in settings.knownVariance })
            let bounds = settings.hyperparameterBounds
            let model = try GaussianProcessModel(
                kernel: Matern52(lengthScales: [fixedLengthScale ?? settings.initialLengthScale]),
                kernelBounds: [fixedLengthScale == nil ? bounds : nil],
                noiseLevel: fixedNoiseLevel ?? settings.initialNoiseLevel,
                noiseBounds: fixedNoiseLevel == nil ? bounds : nil)
            return try model.fit(to: trainingSet, restarts: settings.restarts, draw: draw)
        }
        lengthScale = posterior.kernel.lengthScales[0]
        noiseLevel = posterior.noiseLevel
        logMarginalLikelihood = posterior.logMarginalLikelihood

        let means = try Self.attempt { [posterior] in
            try posterior.predict(at: posterior.trainingSet.points).map(\.mean)
        }
        expectedImprovement = ExpectedImprovement(incumbent: means.min() ?? .infinity)
    }

    /// The mean and standard deviation of the loss that would be observed at each point, white noise included.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)`` for points that are not finite.
    public func predict(_ xs: [Double]) throws(OptimizerError) -> [(mean: Double, standardDeviation: Double)] {
        try predictions(xs).map { ($0.mean, $0.standardDeviation) }
    }

    /// The acquisition function at each point: the expected improvement over the lowest posterior mean at the observed
    /// points, in units of the loss.
    ///
    /// - Throws: ``OptimizerError/surrogateFailed(reason:)`` for points that are not finite.
    public func acquisition(_ xs: [Double]) throws(OptimizerError) -> [Double] {
        try predictions(xs).map(expectedImprovement.value)
    }

    /// The acquisition function at one point, with its derivative.
    func acquisitionWithDerivative(_ x: Double) throws(OptimizerError) -> (value: Double, derivative: Double) {
        let (prediction, mean, standardDeviation) = try Self.attempt { try posterior.predictWithGradient(at: [x]) }
        let gradient = expectedImprovement.gradient(prediction)
        return (
            expectedImprovement.value(prediction),
            gradient.mean * mean[0] + gradient.standardDeviation * standardDeviation[0]
        )
    }

    /// Where the observations were made.
    var observedPoints: [Double] { posterior.trainingSet.points.coordinates }

    private func predictions(_ xs: [Double]) throws(OptimizerError) -> [Prediction] {
        try Self.attempt { try posterior.predict(at: Points(xs)) }
    }

    /// Reports what failed below as an error of this module.
    static func attempt<Result>(_ body: () throws -> Result) throws(OptimizerError) -> Result {
        do {
            return try body()
        } catch {
            throw .surrogateFailed(reason: "\(error)")
        }
    }
}
