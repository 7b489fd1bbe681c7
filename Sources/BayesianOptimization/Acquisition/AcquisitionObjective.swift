import GaussianProcess
import Platform

/// An acquisition function over the coordinates of a space.
struct AcquisitionObjective {
    /// Coordinates, and the value of the function there.
    struct Candidate {
        var coordinates: [Double]
        var value: Double
    }

    let map: FeatureMap
    let posterior: MaternPosterior
    let function: AcquisitionFunction

    /// The probability of success, which multiplies the improvement; `nil` where no trial failed.
    var success: SuccessModel?

    /// The values of the function at many points.
    func values(at points: [[Double]]) -> [Double] { values(atFeatures: points.map(map.features(at:))) }

    /// The values of the function at many features.
    func values(atFeatures features: [[Double]]) -> [Double] {
        let values = posterior.predict(at: features).map { function.evaluate($0).value }
        guard let success else { return values }
        return zip(values, features).map { weighted($0, byLogProbability: success.logProbability(at: $1)).value }
    }

    /// A value times a probability, and its derivatives by the value and by the logarithm of the probability.
    private func weighted(
        _ value: Double, byLogProbability logarithm: Double
    ) -> (value: Double, byValue: Double, byLogarithm: Double) {
        if function.isLogarithm { return (value + logarithm, 1, 1) }
        let probability = exp(logarithm)
        return (value * probability, probability, value * probability)
    }

    /// The value of the function at one point, with its derivatives by the coordinates of some numeric axes.
    func gradient(at coordinates: [Double], axes: [Int]) -> (value: Double, gradient: [Double]) {
        let features = map.features(at: coordinates)
        let (prediction, byMean, byDeviation) = posterior.predictWithGradient(at: features)
        var (value, valueByMean, valueByDeviation) = function.evaluate(prediction)
        var byFeature = [Double](repeating: 0, count: features.count)
        if let success {
            let (logarithm, gradient) = success.logProbabilityWithGradient(at: features)
            let product = weighted(value, byLogProbability: logarithm)
            value = product.value
            valueByMean *= product.byValue
            valueByDeviation *= product.byValue
            byFeature = gradient.map { $0 * product.byLogarithm }
        }
        let gradient = axes.map { axis in
            let feature = map.first[axis]
            return (valueByMean * byMean[feature] + valueByDeviation * byDeviation[feature] + byFeature[feature])
                * map.derivative(ofAxis: axis)
        }
        return (value, gradient)
    }
}
