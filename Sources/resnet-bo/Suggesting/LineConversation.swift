import BayesianOptimization
import JSON
import Platform

/// A conversation with an optimiser in JSON Lines: `{"tell":[...]}` adds trials, `{"ask":q}` returns suggestions, and
/// `{"predict":[...]}` the losses to expect at some points.
///
/// The answer to an invalid line is `{"error":"..."}`, and the line changes nothing, not even in part.
struct LineConversation {
    /// The greatest number of points of one request, and of points that are left out before them.
    static let largestQuestion = 1000

    /// One line of the conversation.
    private enum Line: Decodable {
        case tell([Trial])
        case ask(Int, skip: Int)
        case predict([[String: ParameterValue]])

        private enum CodingKeys: CodingKey { case tell, ask, skip, predict }

        private static let members = KnownWords(
            ["tell", "ask", "skip", "predict"],
            synonyms: ["observe": "tell", "observations": "tell", "suggest": "ask", "count": "ask", "next": "ask"])

        init(from decoder: any Decoder) throws {
            try decoder.refuseMembers(otherThan: Self.members)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let requests = [CodingKeys.tell, .ask, .predict].filter(container.contains)
            guard requests.count == 1, let request = requests.first else {
                throw Failure("a line must be {\"tell\":[...]}, {\"ask\":number} or {\"predict\":[...]}")
            }
            let skip = try container.decodeIfPresent(Int.self, forKey: .skip)
            if skip != nil, request != .ask { throw Failure("\"skip\" belongs to \"ask\"") }
            switch request {
            case .tell: self = .tell(try container.decode([Trial].self, forKey: .tell))
            case .predict: self = .predict(try container.decode([[String: ParameterValue]].self, forKey: .predict))
            default: self = .ask(try container.decode(Int.self, forKey: .ask), skip: skip ?? 0)
            }
        }
    }

    /// The answer to `{"predict":[...]}`.
    private struct Predictions: Encodable {
        struct Prediction: Encodable {
            var mean: Double
            var std: Double
        }

        var predictions: [Prediction]
    }

    private var optimizer: BayesianOptimizer

    /// Whether the answers may have a reason to stop.
    private let stops: Bool

    /// Creates a conversation with an optimiser.
    init(with optimizer: BayesianOptimizer, stops: Bool) {
        self.optimizer = optimizer
        self.stops = stops
    }

    /// The answer to a line; `nil` if there is none.
    mutating func answer(_ line: String) throws -> String? {
        guard line.contains(where: { !$0.isWhitespace }) else { return nil }
        do {
            return try take(JSONDocument(Array(line.utf8)))
        } catch {
            let text = (error as? JSONError).map(ObservationMessage.text) ?? "\(error)"
            return try JSON.encode(["error": text], layout: .line)
        }
    }

    private mutating func take(_ document: JSONDocument) throws -> String? {
        switch try document.decode(Line.self, entries: ["tell": "observation", "predict": "point"]) {
        case .tell(let trials):
            do throws(OptimizerError) { try optimizer.tell(trials) } catch {
                throw Failure(ObservationMessage(document: document, list: ["tell"], isFlat: false).text(error))
            }
            return nil
        case .ask(let count, let skip):
            guard (1...Self.largestQuestion).contains(count) else {
                throw Failure("\(count) points can't be asked for, but 1 to \(Self.largestQuestion)")
            }
            guard (0...Self.largestQuestion).contains(skip) else {
                throw Failure("\(skip) points can't be left out, but 0 to \(Self.largestQuestion)")
            }
            return try JSON.encode(
                SuggestionAnswer(asking: &optimizer, count: count, skip: skip, stops: stops), layout: .line)
        case .predict(let points): return try JSON.encode(predictions(points, document), layout: .line)
        }
    }

    private func predictions(
        _ points: [[String: ParameterValue]], _ document: JSONDocument
    ) throws -> Predictions {
        guard let surrogate = try optimizer.surrogate() else {
            throw Failure("there is no surrogate to predict with before an observation with a loss")
        }
        var answer = Predictions(predictions: [])
        for (index, point) in points.enumerated() {
            do throws(OptimizerError) {
                let (mean, deviation) = try surrogate.predict([point])[0]
                answer.predictions.append(.init(mean: mean, std: deviation))
            } catch {
                let place = "point \(index + 1)"
                guard case .invalidValue(let name, let value, let requirement) = error else {
                    throw Failure("\(place): \(error)")
                }
                let written = document.spelling(at: ["predict", "\(index)", name]) ?? value
                throw Failure("\(place): \(name) is \(written), and must be \(requirement)")
            }
        }
        return answer
    }
}
