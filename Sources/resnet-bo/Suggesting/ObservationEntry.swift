import BayesianOptimization

/// An observation as JSON: `{"parameters":{"x":0.1},"loss":0.3,"variance":0.0004}`, or with a `"state"` instead of a loss.
struct ObservationEntry: Decodable {
    /// The value of a parameter, as JSON knows it.
    enum Value: Decodable {
        case number(Double)
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    enum State: String, Decodable { case complete, failed, pending }

    var parameters: [String: Value]
    var loss: Double?
    var variance: Double?
    var state: State?

    private enum CodingKeys: String, CodingKey { case parameters, loss, variance, state }

    init(from decoder: any Decoder) throws {
        try decoder.refuseMembers(otherThan: ["parameters", "loss", "variance", "state"])
        let container = try decoder.container(keyedBy: CodingKeys.self)
        parameters = try container.decode([String: Value].self, forKey: .parameters)
        loss = try container.decodeIfPresent(Double.self, forKey: .loss)
        variance = try container.decodeIfPresent(Double.self, forKey: .variance)
        state = try container.decodeIfPresent(State.self, forKey: .state)
    }

    /// The trial that is meant, in a space.
    func trial(in space: ParameterSpace) throws(OptimizerError) -> Trial {
        var values: [String: ParameterValue] = [:]
        for (name, value) in parameters {
            let domain = space.parameters.first { $0.name == name }?.domain
            switch (domain, value) {
            case (.integer, .number(let number)):
                guard let whole = Int(exactly: number) else {
                    throw .invalidValue(name: name, value: "\(number)", requirement: "a whole number")
                }
                values[name] = .integer(whole)
            case (_, .number(let number)): values[name] = .real(number)
            case (_, .text(let text)): values[name] = .choice(text)
            }
        }
        switch state ?? .complete {
        case .complete:
            guard let loss else {
                throw .invalidTrial(reason: "it has no loss, and its state is not failed or pending")
            }
            return Trial(values, .complete(loss: loss, variance: variance))
        case .failed, .pending:
            guard loss == nil, variance == nil else {
                throw .invalidTrial(reason: "it is \(state == .failed ? "failed" : "pending") and has a loss")
            }
            return Trial(values, state == .failed ? .failed : .pending)
        }
    }
}

extension Decoder {
    /// Throws for an object with members that mean nothing, because they may be misspelt.
    func refuseMembers(otherThan known: Set<String>) throws {
        let keys = try container(keyedBy: AnyKey.self).allKeys
        if let unknown = keys.map(\.stringValue).filter({ !known.contains($0) }).min() {
            throw UnknownMember(name: unknown)
        }
    }
}

/// Any name of a member.
private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A member of a JSON object that means nothing here.
struct UnknownMember: Error, CustomStringConvertible {
    var name: String
    var description: String { "there is nothing to do with \"\(name)\"" }
}
