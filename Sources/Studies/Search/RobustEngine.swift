package import BayesianOptimization

/// The preset `robust`: any hyperparameters, by ``AskTellOptimizer``.
///
/// What the folds say about the noise of each mean is handed to the surrogate (``FoldNoise``), and changes with every trial, so
/// all trials are told anew before each question. A diverged trial counts as failed: neither its loss nor the spread of its
/// folds means anything. A pruned one counts with the loss it was expected to end with, as uncertain as that is.
package struct RobustEngine: SearchEngine {
    private let dimensions: [SearchDimension]
    private let initial: Hyperparameters
    private let space: ParameterSpace
    private let seed: UInt32
    private let acquisition: Acquisition
    private var finished: [FinishedTrial] = []
    private var pending: [Hyperparameters] = []

    /// The optimiser that was told everything that is finished.
    private var told: AskTellOptimizer

    /// An engine that knows nothing yet.
    ///
    /// - Parameters:
    ///   - dimensions: What is searched, and where.
    ///   - initial: The first proposal, which also holds what is not searched.
    ///   - seed: The seed of everything that is drawn.
    ///   - acquisition: What is maximised to find the next trial.
    package init(
        dimensions: [SearchDimension], initial: Hyperparameters, seed: UInt32,
        acquisition: Acquisition = .logExpectedImprovement
    ) throws(OptimizerError) {
        self.dimensions = dimensions
        self.initial = initial
        self.seed = seed
        self.acquisition = acquisition
        var parameters: [Parameter] = []
        for dimension in dimensions { parameters.append(try dimension.parameter()) }
        space = try ParameterSpace(parameters)
        told = try AskTellOptimizer(space: space, seed: seed, acquisition: acquisition)
    }

    package var repeatsInOtherOrders: Bool { true }

    package mutating func ask(_ count: Int) throws(OptimizerError) -> [Hyperparameters] {
        var proposals: [Hyperparameters] = []
        if finished.isEmpty, pending.isEmpty, count > 0, (try? space.check(values(initial))) != nil {
            proposals.append(initial)
        }
        var optimizer = told
        try optimizer.tell((pending + proposals).map { Trial(values($0), .pending) })
        for suggestion in try optimizer.ask(count - proposals.count) {
            proposals.append(hyperparameters(suggestion.parameters))
        }
        pending += proposals
        return proposals
    }

    package mutating func tell(_ trial: FinishedTrial) throws(OptimizerError) {
        var next = finished
        next.append(trial)
        told = try optimizer(after: next)
        finished = next
        if let index = pending.firstIndex(of: trial.hyperparameters) { pending.remove(at: index) }
    }

    package mutating func surrogate() throws(OptimizerError) -> (any SearchSurrogate)? {
        guard let surrogate = try told.surrogate() else { return nil }
        return View(engine: self, surrogate: surrogate)
    }

    package mutating func recommendation() throws(OptimizerError) -> StudyResults.Recommendation? {
        try told.recommendation().map { recommendation in
            StudyResults.Recommendation(
                hyperparameters: hyperparameters(recommendation.parameters), mean: recommendation.mean,
                standardDeviation: recommendation.standardDeviation)
        }
    }

    package mutating func stopReason() throws(OptimizerError) -> String? { try told.stopReason() }

    /// An optimiser that was told some trials.
    private func optimizer(after trials: [FinishedTrial]) throws(OptimizerError) -> AskTellOptimizer {
        let measured = trials.filter { $0.state == .complete && $0.loss.isFinite }.compactMap(\.foldLosses)
        // Without folds to tell it from, noise is estimated from the losses.
        var variances = (FoldNoise.variances(measured) ?? []).makeIterator()
        var entries: [Trial] = []
        for trial in trials {
            let state: Trial.State
            switch trial.state {
            case .complete where trial.loss.isFinite:
                state = .complete(loss: trial.loss, variance: trial.foldLosses == nil ? nil : variances.next())
            case .pruned where trial.loss.isFinite:
                state = .complete(loss: trial.loss, variance: trial.forecastDeviation.map { $0 * $0 })
            default: state = .failed
            }
            entries.append(Trial(values(trial.hyperparameters), state))
        }
        var optimizer = try AskTellOptimizer(space: space, seed: seed, acquisition: acquisition)
        try optimizer.tell(entries)
        return optimizer
    }

    /// The values of what is searched.
    private func values(_ hyperparameters: Hyperparameters) -> [String: ParameterValue] {
        Dictionary(
            uniqueKeysWithValues: dimensions.map {
                ($0.hyperparameter.rawValue, $0.value(of: hyperparameters[$0.hyperparameter]))
            })
    }

    /// The hyperparameters with some values of what is searched.
    private func hyperparameters(_ values: [String: ParameterValue]) -> Hyperparameters {
        var result = initial
        for dimension in dimensions {
            guard let value = values[dimension.hyperparameter.rawValue] else { continue }
            result[dimension.hyperparameter] = dimension.number(of: value)
        }
        return result
    }

    private struct View: SearchSurrogate {
        let engine: RobustEngine
        let surrogate: ParameterSurrogate
        var lengthScale: Double? { surrogate.lengthScales.count == 1 ? surrogate.lengthScales[0] : nil }
        var noiseLevel: Double? { nil }
        var acquisitionName: String { engine.acquisition.name }
        var others: [Hyperparameter] { engine.dimensions.map(\.hyperparameter).filter { $0 != .learningRate } }

        var scale: Scale {
            if case .range(_, let scale)? = engine.dimensions.first(where: { $0.hyperparameter == .learningRate })?
                .domain
            {
                return scale
            }
            return .linear
        }

        func predict(
            _ points: [Hyperparameters]
        ) throws(OptimizerError) -> [(mean: Double, standardDeviation: Double)] {
            try surrogate.predict(points.map(engine.values))
        }

        func acquisition(_ points: [Hyperparameters]) throws(OptimizerError) -> [Double] {
            try surrogate.acquisition(points.map(engine.values))
        }
    }
}

extension SearchDimension {
    /// The parameter that stands for this dimension.
    ///
    /// Choices of numbers have an order: they are numbered by it.
    fileprivate func parameter() throws(OptimizerError) -> Parameter {
        let name = hyperparameter.rawValue
        switch domain {
        case .range(let range, let scale) where hyperparameter == .batchSize:
            return try Parameter(
                name,
                .integer(
                    lower: Int(range.lowerBound), upper: Int(range.upperBound), scale: scale == .log ? .log : .linear))
        case .range(let range, let scale):
            return try Parameter(
                name, .real(lower: range.lowerBound, upper: range.upperBound, scale: scale == .log ? .log : .linear))
        case .choices(let choices):
            return try Parameter(name, .integer(lower: 0, upper: choices.count - 1, scale: .linear))
        }
    }

    /// A number as the value of the parameter.
    fileprivate func value(of number: Double) -> ParameterValue {
        switch domain {
        case .range: hyperparameter == .batchSize ? .integer(Int(number)) : .real(number)
        case .choices(let choices): .integer(choices.sorted().firstIndex(of: number) ?? -1)
        }
    }

    /// The number that is the value of the parameter.
    fileprivate func number(of value: ParameterValue) -> Double {
        switch (domain, value) {
        case (.choices(let choices), .integer(let index)): choices.sorted()[index]
        case (_, .integer(let number)): Double(number)
        case (_, .real(let number)): number
        case (_, .choice): .nan
        }
    }
}
