import BayesianOptimization

/// What `suggest` answers:
/// `{"next":[{"parameters":{...},"acquisition":x}],"best":{"parameters":{...},"mean":m,"std":s},"stop":false}`.
struct SuggestionAnswer: Encodable {
    struct Next: Encodable {
        var parameters: [String: EncodedValue]
        var acquisition: Double?
    }

    struct Best: Encodable {
        var parameters: [String: EncodedValue]
        var mean: Double
        var std: Double
    }

    /// The value of a parameter, written as JSON's own kinds of values.
    struct EncodedValue: Encodable {
        var value: ParameterValue

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch value {
            case .real(let number): try container.encode(number)
            case .integer(let number): try container.encode(number)
            case .choice(let choice): try container.encode(choice)
            }
        }
    }

    var next: [Next]
    var best: Best?
    var stop: Bool

    /// Asks an optimiser.
    init(asking optimizer: inout AskTellOptimizer, count: Int) throws(OptimizerError) {
        // What it would recommend and whether to stop do not depend on what is pending.
        best = try optimizer.recommendation().map {
            Best(parameters: $0.parameters.mapValues(EncodedValue.init), mean: $0.mean, std: $0.standardDeviation)
        }
        stop = try optimizer.stopReason() != nil
        next = try optimizer.ask(count).map {
            Next(parameters: $0.parameters.mapValues(EncodedValue.init), acquisition: $0.acquisition)
        }
    }
}

extension SuggestionAnswer.Next {
    /// For a person.
    var words: String { SuggestionAnswer.words(parameters) }
}

extension SuggestionAnswer.Best {
    /// For a person.
    var words: String { SuggestionAnswer.words(parameters) }
}

extension SuggestionAnswer {
    /// The parameters in the order of their names.
    fileprivate static func words(_ parameters: [String: EncodedValue]) -> String {
        parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.value)" }.joined(separator: ", ")
    }
}
