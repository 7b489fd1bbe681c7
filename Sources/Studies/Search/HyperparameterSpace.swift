import BayesianOptimization

/// Which hyperparameters are searched, where, and the values of the others.
package struct HyperparameterSpace: Sendable {
    /// What is searched, the learning rate first.
    package let dimensions: [SearchDimension]

    /// The space as the optimiser has it, its parameters named as on the command line.
    let parameters: ParameterSpace

    private let fixed: Hyperparameters

    /// A space of the learning rate and perhaps more.
    ///
    /// - Parameters:
    ///   - learningRates: The bounds of the learning rate.
    ///   - scale: How distances between learning rates are measured.
    ///   - others: What is searched beside it.
    ///   - fixed: The values of what is not searched.
    /// - Throws: `OptimizerError` and ``SearchDimensionError``.
    package init(
        learningRates: ClosedRange<Double>, scale: Scale, others: [SearchDimension] = [], fixed: Hyperparameters
    ) throws {
        dimensions = [try SearchDimension(.learningRate, .range(learningRates, scale))] + others
        parameters = try ParameterSpace(dimensions.map { try $0.parameter })
        self.fixed = fixed
    }

    /// How distances between learning rates are measured.
    var scale: Scale {
        if case .range(_, let scale) = dimensions[0].domain { return scale }
        return .linear
    }

    /// Where a search begins: at a learning rate, and at the fixed values as far as they may be.
    func first(learningRate: Double) -> Hyperparameters {
        var values = fixed
        for dimension in dimensions { values[dimension.hyperparameter] = dimension.nearest(to: fixed) }
        values.learningRate = learningRate
        return values
    }

    /// The hyperparameters at a point of the space.
    func hyperparameters(at point: [String: ParameterValue]) -> Hyperparameters {
        var values = fixed
        for dimension in dimensions {
            switch point[dimension.hyperparameter.rawValue] {
            case .real(let value)?: values[dimension.hyperparameter] = value
            case .integer(let value)?: values[dimension.hyperparameter] = Double(value)
            case .choice(let value)?: values[dimension.hyperparameter] = Double(value) ?? .nan
            case nil: break
            }
        }
        return values
    }

    /// The point of the space at some hyperparameters.
    func point(of values: Hyperparameters) -> [String: ParameterValue] {
        Dictionary(
            uniqueKeysWithValues: dimensions.map { dimension in
                (dimension.hyperparameter.rawValue, dimension.parameterValue(values[dimension.hyperparameter]))
            })
    }
}

extension SearchDimension {
    /// The dimension as the optimiser has it.
    fileprivate var parameter: Parameter {
        get throws {
            switch domain {
            case .range(let range, let scale):
                let axis: Parameter.Scale = scale == .log ? .log : .linear
                return try Parameter(
                    hyperparameter.rawValue,
                    hyperparameter == .batchSize
                        ? .integer(lower: Int(range.lowerBound), upper: Int(range.upperBound), scale: axis)
                        : .real(lower: range.lowerBound, upper: range.upperBound, scale: axis))
            case .choices(let values):
                return try Parameter(hyperparameter.rawValue, .categorical(choices: values.map { "\($0)" }))
            }
        }
    }

    /// A value as the optimiser has it.
    fileprivate func parameterValue(_ value: Double) -> ParameterValue {
        switch domain {
        case .range: hyperparameter == .batchSize ? .integer(Int(value)) : .real(value)
        case .choices: .choice("\(value)")
        }
    }

    /// The value closest to some hyperparameters' own.
    fileprivate func nearest(to values: Hyperparameters) -> Double {
        let value = values[hyperparameter]
        switch domain {
        case .range(let range, _): return min(max(value, range.lowerBound), range.upperBound)
        case .choices(let choices): return choices.min { abs($0 - value) < abs($1 - value) } ?? value
        }
    }
}
