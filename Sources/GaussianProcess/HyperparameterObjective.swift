import Glibc

/// What the hyperparameters of a model are chosen by, as a function of the logarithms of those that are free.
///
/// It is the log marginal likelihood, less a tiny penalty that decides ties. A log prior density would be added here.
struct HyperparameterObjective<Covariance: Kernel> {
    /// The penalty for the squared distance from the initial hyperparameters, in nats.
    ///
    /// Within bounds of 10⁻⁵ to 10⁵ it costs at most 3 · 10⁻⁸ nats for each hyperparameter: too little to matter between
    /// hyperparameters that the observations can tell apart, but more than the rounding of the likelihood, so
    /// that where the observations say nothing the answer does not depend on rounding.
    static var tieBreak: Double { 1e-10 }

    private let model: GaussianProcessModel<Covariance>
    private let trainingSet: TrainingSet

    /// Which of all hyperparameters are free; the white noise comes last.
    private let free: [Int]

    /// The logarithms of the bounds of the free hyperparameters.
    let bounds: [ClosedRange<Double>]

    /// The logarithms of the initial free hyperparameters.
    let initial: [Double]

    init(model: GaussianProcessModel<Covariance>, trainingSet: TrainingSet) {
        let all = model.kernel.logHyperparameters + [log(model.noiseLevel)]
        let allBounds = model.kernelBounds + [model.noiseBounds]
        self.model = model
        self.trainingSet = trainingSet
        free = allBounds.indices.filter { allBounds[$0] != nil }
        bounds = allBounds.compactMap { $0.map { log($0.lowerBound)...log($0.upperBound) } }
        initial = free.map { all[$0] }
    }

    /// The kernel and the variance of the white noise at the free hyperparameters' logarithms; fixed ones keep every bit.
    func hyperparameters(at point: [Double]) -> (kernel: Covariance, noiseLevel: Double) {
        var kernel = model.kernel
        var noiseLevel = model.noiseLevel
        let noiseIndex = model.kernelBounds.count
        var logarithms = kernel.logHyperparameters
        for (index, value) in zip(free, point) {
            if index == noiseIndex { noiseLevel = exp(value) } else { logarithms[index] = value }
        }
        if free.contains(where: { $0 != noiseIndex }) { kernel.logHyperparameters = logarithms }
        return (kernel, noiseLevel)
    }

    /// The value of the objective.
    func evaluate(_ point: [Double]) throws(GaussianProcessError) -> Double {
        try marginalLikelihood(at: point).value - penalty(at: point)
    }

    /// The value of the objective and its derivatives.
    func evaluateWithGradient(
        _ point: [Double]
    ) throws(GaussianProcessError) -> (value: Double, gradient: [Double]) {
        let marginal = try marginalLikelihood(at: point)
        let gradient = try marginal.gradient()
        return (
            marginal.value - penalty(at: point),
            point.indices.map { gradient[free[$0]] - 2 * Self.tieBreak * (point[$0] - initial[$0]) }
        )
    }

    private func marginalLikelihood(
        at point: [Double]
    ) throws(GaussianProcessError) -> MarginalLikelihood<Covariance> {
        let (kernel, noiseLevel) = hyperparameters(at: point)
        return try MarginalLikelihood(of: trainingSet, kernel: kernel, noiseLevel: noiseLevel)
    }

    private func penalty(at point: [Double]) -> Double {
        Self.tieBreak * zip(point, initial).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
}
