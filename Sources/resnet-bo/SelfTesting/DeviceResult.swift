import Backend
import Backends
import Reporting

/// What the self-test has found on a device, or why it was not tested.
struct DeviceResult {
    let entry: BackendEntry
    var facts: [SelfTestLine.Fact] = []
    var operations: [OperationResult] = []
    /// The number of steps that were left out on a slow device.
    var leftOut = 0
    var seconds = 0.0
    /// Why not all steps were tested; nil if they were.
    var failure: String?

    /// Whether all steps were tested and all results are within their tolerances.
    var isPassing: Bool { failure == nil && operations.allSatisfy { $0.failure == nil } }

    /// All that is wrong in a few words; nil if nothing is.
    var problem: String? {
        if let failure { return failure }
        let wrong = operations.filter { $0.failure != nil }.map(\.operation)
        return wrong.isEmpty ? nil : "wrong results of \(wrong.joined(separator: ", "))"
    }

    /// The results of all steps of an operation.
    struct OperationResult: Encodable {
        var operation: String
        var comparisons = 0
        /// The largest error in units of its tolerance; `null` if it is not finite.
        var worst: Double? = 0
        /// The case and the numbers that have this error.
        var place = ""
        /// What is wrong first; `null` if nothing is.
        var failure: String?
    }

    /// Adds the result of a step.
    mutating func add(_ step: SelfTestLine.StepResult) {
        let known = operations.firstIndex { $0.operation == step.operation }
        if known == nil { operations.append(OperationResult(operation: step.operation)) }
        operations[known ?? operations.count - 1].add(step)
    }
}

extension DeviceResult.OperationResult {
    fileprivate mutating func add(_ step: SelfTestLine.StepResult) {
        comparisons += step.comparisons
        failure = failure ?? step.failure
        if place.isEmpty || (step.worst ?? .infinity) > (worst ?? .infinity) {
            (worst, place) = (step.worst, step.place)
        }
    }
}

extension DeviceResult: Encodable {
    private enum CodingKeys: CodingKey {
        case index, backend, platform, name, facts, operations, leftOut, seconds, passed, failure
    }

    func encode(to encoder: any Encoder) throws {
        try entry.device?.description.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        if let unusable = entry.unusable {
            try container.encode(entry.backend, forKey: .backend)
            try container.encode(unusable.platform, forKey: .platform)
            try container.encodeIfPresent(unusable.device, forKey: .name)
        }
        try container.encodeIfPresent(entry.index, forKey: .index)
        try container.encode(
            Dictionary(facts.map { ($0.label, $0.text) }) { first, _ in first }, forKey: .facts)
        try container.encode(operations, forKey: .operations)
        try container.encode(leftOut, forKey: .leftOut)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(isPassing, forKey: .passed)
        try container.encodeIfPresent(failure, forKey: .failure)
    }
}

extension DeviceResult {
    /// The result as lines of a report.
    var lines: [String] {
        var lines = entry.device?.description.lines ?? []
        lines += facts.map { "\($0.label): \($0.text)" }
        if !operations.isEmpty { lines += [""] + table.lines + [""] }
        lines += operations.compactMap { operation in operation.failure.map { "failed: \($0)" } }
        if let failure { lines.append("failed: \(failure)") }
        if leftOut > 0 {
            lines.append("\(leftOut) steps were left out: they would take minutes on a software rasteriser")
        }
        if isPassing { lines.append("passed in \(duration(seconds))") }
        return [entry.name] + lines.map { $0.isEmpty ? "" : "    \($0)" }
    }

    /// The operations with the worst error of each.
    private var table: Table {
        Table(
            ["operation", "comparisons", "worst error / tolerance"],
            operations.map { operation in
                [
                    operation.operation, "\(operation.comparisons)",
                    (operation.worst ?? .infinity).formatted(fractionDigits: 3),
                ]
            }, leftAligned: 1)
    }
}
