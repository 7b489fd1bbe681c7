import GaussianProcess

/// The answer to a search, with the loss to expect there.
///
/// In JSON: `{"parameters":{...},"mean":m,"std":s}`.
public struct Recommendation: Sendable, Equatable, Codable {
    /// The value of every parameter, by its name.
    public var parameters: [String: ParameterValue]

    /// The expected loss.
    public var mean: Double

    /// The standard deviation of the loss, which includes the estimated noise in ``Configuration/reference`` only.
    public var standardDeviation: Double

    private enum CodingKeys: String, CodingKey { case parameters, mean, standardDeviation = "std" }
}

extension SurrogateFit {
    /// The answer to the search so far.
    ///
    /// Where it is a trial, its parameters are those that were told, to the last bit.
    func recommendation() -> Recommendation {
        let (parameters, features) =
            switch configuration.answer {
            case .bestTrial: bestTrial()
            case .surrogate: safest()
            }
        let (mean, deviation) = predict(at: [features])[0]
        return Recommendation(parameters: parameters, mean: mean, standardDeviation: deviation)
    }

    private typealias Place = (parameters: [String: ParameterValue], features: [Double])

    private func place(ofTrial index: Int) -> Place { (ledger.trials[index].parameters, ledger.features[index]) }

    /// The trial of the lowest loss in the space, which in natural units has no ends.
    private func bestTrial() -> Place {
        let losses = ledger.trials.indices.map { index in
            ledger.isInside[index] || settings.isInNaturalUnits ? ledger.trials[index].loss ?? .infinity : .infinity
        }
        return place(ofTrial: losses.indices.min { losses[$0] < losses[$1] } ?? 0)
    }

    /// The place where the mean plus half the standard deviation of the loss is least, among trials with a good loss and places
    /// where success is likely.
    ///
    /// The mean alone would favour points of great uncertainty, and the lowest loss would favour lucky noise.
    private func safest() -> Place {
        let safety = AcquisitionFunction.lowerConfidenceBound(beta: -settings.caution)
        let inside = good.filter { ledger.isInside[$0] }
        let values = posterior.predict(at: inside.map { ledger.features[$0] }).map { safety.evaluate($0).value }
        let best = values.indices.max { values[$0] < values[$1] }
        var stream = stream
        let found = MultistartSearch(briefly: self, safety).maximize(near: centers, stream: &stream)
        // Between equally good points, the evaluated one is the answer.
        if let best, found.value <= values[best] + 1e-6 { return place(ofTrial: inside[best]) }
        return (ledger.map.space.values(at: found.coordinates), ledger.map.features(at: found.coordinates))
    }
}
