import BayesianOptimization
import Studies

/// What `suggest` prints of learning rates.
struct LearningRateReport: Encodable {
    var lengthScale: Double
    var noiseLevel: Double
    var logMarginalLikelihood: Double
    var grid: [GridPoint]
    var next: Next
    var best: Best

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

    struct Best: Encodable {
        var learningRate: Double
        var loss: Double
    }
}

extension LearningRateReport {
    /// What the preset `reference` makes of observations, of which there is at least one.
    init(
        reference observations: [Observation], search: SearchOptions, surrogate options: SurrogateOptions, seed: UInt32
    ) throws {
        var optimizer = try BayesianOptimizer(
            space: search.space(), initial: nil, seed: seed, fixedLengthScale: options.lengthScale,
            fixedNoiseLevel: options.noiseLevel)
        for observation in observations { try optimizer.tell(observation) }
        let proposal = try optimizer.ask()
        guard let surrogate = proposal.surrogate, let best = optimizer.best else {
            preconditionFailure("there are observations, and no surrogate of them")
        }
        let xs = Self.rates(search, count: options.grid)
        let predictions = try surrogate.predict(xs)
        let acquisitions = try surrogate.acquisition(xs)
        self.init(
            lengthScale: surrogate.lengthScale, noiseLevel: surrogate.noiseLevel,
            logMarginalLikelihood: surrogate.logMarginalLikelihood,
            grid: xs.indices.map { index in
                GridPoint(
                    learningRate: xs[index], mean: predictions[index].mean, std: predictions[index].standardDeviation,
                    acquisition: acquisitions[index])
            },
            next: Next(learningRate: proposal.x, acquisition: proposal.acquisition),
            best: Best(learningRate: best.x, loss: best.loss))
    }

    /// What the preset `robust` makes of observations, of which there is at least one.
    init(robust observations: [Observation], search: SearchOptions, surrogate options: SurrogateOptions, seed: UInt32)
        throws
    {
        let name = "learning-rate"
        let space = try ParameterSpace([
            Parameter(
                name, .real(lower: search.lower, upper: search.upper, scale: search.scale == .log ? .log : .linear))
        ])
        var optimizer = try AskTellOptimizer(
            space: space, seed: seed, acquisition: search.acquisition, fixedLengthScale: options.lengthScale,
            fixedNoiseLevel: options.noiseLevel)
        try optimizer.tell(observations.map { Trial([name: .real($0.x)], .complete(loss: $0.loss, variance: nil)) })
        guard let surrogate = try optimizer.surrogate(), let best = observations.min(by: { $0.loss < $1.loss }) else {
            preconditionFailure("there are observations, and no surrogate of them")
        }
        let xs = Self.rates(search, count: options.grid)
        let points = xs.map { [name: ParameterValue.real($0)] }
        let predictions = try surrogate.predict(points)
        let acquisitions = try surrogate.acquisition(points)
        let next = try optimizer.ask()[0]
        guard case .real(let rate)? = next.parameters[name] else { preconditionFailure("a learning rate is real") }
        self.init(
            lengthScale: surrogate.lengthScales[0], noiseLevel: surrogate.noiseLevel,
            logMarginalLikelihood: surrogate.logMarginalLikelihood,
            grid: xs.indices.map { index in
                GridPoint(
                    learningRate: xs[index], mean: predictions[index].mean, std: predictions[index].standardDeviation,
                    acquisition: acquisitions[index])
            },
            next: Next(learningRate: rate, acquisition: next.acquisition),
            best: Best(learningRate: best.x, loss: best.loss))
    }

    /// Evenly spaced learning rates.
    private static func rates(_ search: SearchOptions, count: Int) -> [Double] {
        (0..<count).map { index in
            // Both ends exactly, whatever rounding does in between.
            index == count - 1
                ? search.upper : search.lower + (search.upper - search.lower) * Double(index) / Double(count - 1)
        }
    }
}
