import BayesianOptimization
import JSON

/// A conversation with an optimiser in JSON Lines: `{"tell":[...]}` adds trials, and `{"ask":q}` returns suggestions.
///
/// The answer to an invalid line is `{"error":"..."}`, and the line changes nothing, not even in part.
struct LineConversation {
    /// The greatest number of points of one request.
    static let largestQuestion = 1000

    /// One line of the conversation.
    private enum Line: Decodable {
        case tell([Trial])
        case ask(Int)

        private enum CodingKeys: String, CodingKey { case tell, ask }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let members = try decoder.container(keyedBy: MemberName.self).allKeys.map(\.stringValue)
            if let unknown = members.filter({ CodingKeys(rawValue: $0) == nil }).min() {
                throw Failure("unknown member \"\(unknown)\"")
            }
            switch (container.contains(.tell), container.contains(.ask)) {
            case (true, false): self = .tell(try container.decode([Trial].self, forKey: .tell))
            case (false, true): self = .ask(try container.decode(Int.self, forKey: .ask))
            default: throw Failure("a line must be {\"tell\":[...]} or {\"ask\":number}")
            }
        }
    }

    private var optimizer: BayesianOptimizer

    /// Creates a conversation with an optimiser.
    init(with optimizer: BayesianOptimizer) {
        self.optimizer = optimizer
    }

    /// The answer to a line; `nil` if there is none.
    mutating func answer(_ line: String) throws -> String? {
        guard line.contains(where: { !$0.isWhitespace }) else { return nil }
        do {
            return try take(line)
        } catch {
            return try JSON.encode(["error": "\(error)"], layout: .line)
        }
    }

    private mutating func take(_ line: String) throws -> String? {
        switch try JSON.decode(Line.self, from: Array(line.utf8)) {
        case .tell(let trials):
            try optimizer.tell(trials)
            return nil
        case .ask(let count):
            guard (1...Self.largestQuestion).contains(count) else {
                throw Failure("\(count) points can't be asked for, but 1 to \(Self.largestQuestion)")
            }
            return try JSON.encode(SuggestionAnswer(asking: &optimizer, count: count), layout: .line)
        }
    }
}
