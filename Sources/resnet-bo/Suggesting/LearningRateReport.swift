import BayesianOptimization

/// The report of `suggest` about learning rates.
struct LearningRateReport: Encodable {
    /// A measured learning rate.
    struct Observation: Codable {
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
    var best: Observation

    /// Creates the report of a preset for at least one observation.
    init(_ observations: [Observation], search: SearchOptions, surrogate options: SurrogateOptions, seed: UInt32) throws
    {
        let name = "learning-rate"
        let space = try ParameterSpace([
            Parameter(name, .real(lower: search.lower, upper: search.upper, scale: search.scale))
        ])
        var optimizer = try BayesianOptimizer(
            space: space, seed: seed, configuration: options.apply(to: search.configuration))
        try optimizer.tell(
            observations.map { Trial([name: .real($0.learningRate)], .complete(loss: $0.loss, variance: nil)) })
        guard let surrogate = try optimizer.surrogate(), let best = observations.min(by: { $0.loss < $1.loss }) else {
            preconditionFailure("observations without a surrogate")
        }
        let rates = (0..<options.grid).map { index in
            // Both ends are exact, without the rounding of the scale.
            index == options.grid - 1
                ? search.upper : search.lower + (search.upper - search.lower) * Double(index) / Double(options.grid - 1)
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
