// Finds the minimum of a function of three parameters, stores the search in JSON, and continues it.
import BayesianOptimization
import Foundation

/// A search as a file would hold it.
struct Search: Codable {
    var space: ParameterSpace
    var configuration: Configuration
    var trials: [Trial]
}

/// The least value is 0, at a rate of 0.01, a depth of 5 and residual blocks.
func evaluate(_ point: [String: ParameterValue]) -> Double {
    guard case .real(let rate)? = point["rate"], case .integer(let depth)? = point["depth"] else { return .nan }
    let distance = log10(rate) + 2
    return distance * distance + 0.1 * abs(Double(depth - 5)) + (point["kind"] == .choice("plain") ? 0.3 : 0)
}

/// A value as JSON.
func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try String(decoding: encoder.encode(value), as: UTF8.self)
}

/// A value that was written as JSON and read again.
func copy<Value: Codable>(_ value: Value) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(json(value).utf8))
}

// A space, a configuration with changed members, and a search.
let space = try ParameterSpace([
    Parameter("rate", .real(lower: 1e-4, upper: 1, scale: .log)),
    Parameter("depth", .integer(lower: 1, upper: 8, scale: .linear)),
    Parameter("kind", .categorical(choices: ["plain", "residual"])),
])
var configuration = Configuration.robust
configuration.initialPoint = ["rate": .real(0.1), "depth": .integer(2), "kind": .choice("plain")]
configuration.acquisition = .expectedImprovement
configuration.allowsRepeats = false
var optimizer = try BayesianOptimizer(space: space, seed: 10, configuration: configuration)
for _ in 0..<12 {
    let point = try optimizer.ask()[0].parameters
    try optimizer.tell([Trial(point, .complete(loss: evaluate(point), variance: 0))])
}
try optimizer.tell([Trial(["rate": .real(1), "depth": .integer(8), "kind": .choice("plain")], .failed)])

// The same trials give the same search, after a detour through JSON too.
let search = try copy(Search(space: space, configuration: configuration, trials: optimizer.trials))
var other = try BayesianOptimizer(space: search.space, seed: 10, configuration: search.configuration)
try other.tell(search.trials)
let batch = try optimizer.ask(2)
guard try other.ask(2) == batch, try copy(batch) == batch else { fatalError("the search continues differently") }

// The answer, and what the surrogate says about it.
guard let answer = try other.recommendation(), let surrogate = try other.surrogate(), let best = other.best else {
    fatalError("there is no answer")
}
guard try copy(answer) == answer, try copy(best) == best else { fatalError("JSON changes the answer") }
let prediction = try surrogate.predict([answer.parameters])[0]
guard prediction == (answer.mean, answer.standardDeviation), surrogate.isNoiseFree,
    surrogate.lengthScales.count == space.parameters.count, evaluate(answer.parameters) < 0.1
else { fatalError("the surrogate and the answer differ") }

// A misuse is an error with a message.
do {
    try other.tell([Trial(["rate": .real(2)], .pending)])
    fatalError("a rate outside of the space was accepted")
} catch {
    print(error)
}
if let reason = try other.stopReason() { print("stop:", reason) }
print(try json(answer))
