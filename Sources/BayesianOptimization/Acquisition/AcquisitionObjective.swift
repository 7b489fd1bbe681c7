import GaussianProcess

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

    /// The values of the function at many points.
    func values(at points: [[Double]]) -> [Double] {
        posterior.predict(at: points.map(map.features(at:))).map { function.evaluate($0).value }
    }

    /// The value of the function at one point, with its derivatives by the coordinates of some numeric axes.
    func gradient(at coordinates: [Double], axes: [Int]) -> (value: Double, gradient: [Double]) {
        let (prediction, byMean, byDeviation) = posterior.predictWithGradient(at: map.features(at: coordinates))
        let value = function.evaluate(prediction)
        let gradient = axes.map { axis in
            let feature = map.first[axis]
            return (value.byMean * byMean[feature] + value.byStandardDeviation * byDeviation[feature])
                * map.derivative(ofAxis: axis)
        }
        return (value.value, gradient)
    }
}
