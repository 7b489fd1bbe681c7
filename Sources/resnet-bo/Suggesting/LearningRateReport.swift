import BayesianOptimization

/// The report of `suggest` about learning rates.
struct LearningRateReport: Encodable {
    /// An evaluated learning rate, with the members of a trial beside it.
    struct Observation: Decodable {
        private enum CodingKeys: CodingKey { case learningRate }

        var learningRate: Double
        var state: Trial.State

        init(from decoder: any Decoder) throws {
            state = try Trial.State(
                from: decoder, besides: ["learning_rate"],
                synonyms: ["lr": "learning_rate", "rate": "learning_rate", "x": "learning_rate"])
            learningRate = try decoder.container(keyedBy: CodingKeys.self).decode(Double.self, forKey: .learningRate)
        }

        /// Its loss; `nil` if it has none.
        var loss: Double? { if case .complete(let loss, _) = state { loss } else { nil } }
    }

    /// The learning rate of the lowest loss.
    struct Best: Encodable {
        var learningRate: Double
        var loss: Double
    }

    struct GridPoint: Encodable {
        var learningRate: Double
        var mean: Double
        var std: Double
        var acquisition: Double
    }

    struct Next: Encodable {
        var learningRate: Double
        var acquisition: Double?
    }

    var lengthScale: Double
    var noiseLevel: Double
    var logMarginalLikelihood: Double
    var grid: [GridPoint]
    var next: Next
    var best: Best

    /// Creates the report of an optimiser's configuration for at least one observation with a loss.
    init(
        _ observations: [Observation], search: SearchOptions, configuration: Configuration, grid count: Int,
        seed: UInt32
    ) throws {
        // As in the file.
        let name = "learning_rate"
        let space = try ParameterSpace([
            Parameter(name, .real(lower: search.lower, upper: search.upper, scale: search.scale))
        ])
        var optimizer = try BayesianOptimizer(space: space, seed: seed, configuration: configuration)
        try optimizer.tell(observations.map { Trial([name: .real($0.learningRate)], $0.state) })
        let losses = observations.compactMap { one in one.loss.map { Best(learningRate: one.learningRate, loss: $0) } }
        guard let surrogate = try optimizer.surrogate(), let best = losses.min(by: { $0.loss < $1.loss }) else {
            preconditionFailure("observations without a surrogate")
        }
        let rates = (0..<count).map { index in
            // Both ends are exact, without the rounding of the scale.
            index == count - 1
                ? search.upper : search.lower + (search.upper - search.lower) * Double(index) / Double(count - 1)
        }
        let points = rates.map { [name: ParameterValue.real($0)] }
        let predictions = try surrogate.predict(points)
        let acquisitions = try surrogate.acquisition(points)
        let suggestion = try optimizer.ask()[0]
        lengthScale = surrogate.lengthScales[0]
        noiseLevel = surrogate.noiseLevel
        logMarginalLikelihood = surrogate.logMarginalLikelihood
        grid = rates.indices.map { index in
            GridPoint(
                learningRate: rates[index], mean: predictions[index].mean, std: predictions[index].standardDeviation,
                acquisition: acquisitions[index])
        }
        next = Next(learningRate: suggestion.parameters[name]?.number ?? .nan, acquisition: suggestion.acquisition)
        self.best = best
    }
}
