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
    func recommendation() -> Recommendation {
        var answer: (parameters: [String: ParameterValue], features: [Double])
        switch configuration.answer {
        case .bestTrial:
            // Trials outside of the space are no answer, except in natural units.
            let losses = ledger.trials.indices.map { index in
                ledger.isInside[index] || settings.isInNaturalUnits ? ledger.trials[index].loss ?? .infinity : .infinity
            }
            let best = losses.indices.min { losses[$0] < losses[$1] } ?? 0
            answer = (ledger.trials[best].parameters, ledger.features[best])
        case .surrogate:
            let coordinates = safest()
            answer = (ledger.map.space.values(at: coordinates), ledger.map.features(at: coordinates))
        }
        let (mean, deviation) = predict(at: [answer.features])[0]
        return Recommendation(parameters: answer.parameters, mean: mean, standardDeviation: deviation)
    }

    /// The coordinates where the mean plus half the standard deviation of the loss is least.
    ///
    /// The mean alone would favour points of great uncertainty, and the lowest loss would favour lucky noise. After
    /// more than 200 trials only the coordinates of trials are compared, because the search over the space becomes
    /// slow.
    private func safest() -> [Double] {
        let safety = AcquisitionFunction.lowerConfidenceBound(beta: -settings.caution)
        let complete = ledger.complete
        // At the coordinates, because a trial may lie outside of the space.
        let points = complete.map { ledger.map.features(at: ledger.coordinates[$0]) }
        let values = posterior.predict(at: points).map { safety.evaluate($0).value }
        let best = values.indices.max { values[$0] < values[$1] } ?? 0
        let coordinates = ledger.coordinates[complete[best]]
        guard complete.count <= settings.fitLimit else { return coordinates }
        var stream = stream
        let found = MultistartSearch(briefly: self, safety).maximize(near: centers, stream: &stream)
        // Between equally good points, the evaluated one is the answer.
        return found.value > values[best] + 1e-6 ? found.coordinates : coordinates
    }
}
