import Backend
import JSON
import ParityCases
import Platform

/// A line of JSON that the process testing a device writes: its facts at first, and then the result of each step.
struct SelfTestLine: Codable {
    var facts: [Fact]?
    var step: StepResult?

    /// A fact about the device.
    struct Fact: Codable {
        var label: String
        var text: String
    }

    /// What a step has found.
    struct StepResult: Codable {
        var operation: String
        var comparisons: Int
        /// The largest error in units of its tolerance; nil if it is not finite.
        var worst: Double?
        /// The case and the numbers that have this error.
        var place: String
        /// What is wrong first; nil if nothing is.
        var failure: String?

        init(_ step: SelfTestStep, _ report: ParityReport) {
            operation = step.operation
            comparisons = report.comparisons.count
            worst = report.worst.flatMap { $0.ratio.isFinite ? $0.ratio : nil }
            place = "\(report.check): \(report.worst?.subject ?? "")"
            failure = report.failure
        }
    }
}

extension BackendDevice {
    /// Tests this device, and writes a ``SelfTestLine`` after each step.
    func selfTest(of operations: [String]) throws {
        let backend = try make(threads: nil)
        let facts =
            ((self as? any DetailedDevice)?.details() ?? []) + (try ArithmeticFacts.measure(on: backend))
        func write(_ line: SelfTestLine) throws { try StandardOutput.write(JSON.encode(line, layout: .line)) }
        try write(SelfTestLine(facts: facts.map { SelfTestLine.Fact(label: $0.label, text: $0.text) }))
        for step in try SelfTestStep.steps(of: operations, for: description).steps {
            try write(SelfTestLine(step: SelfTestLine.StepResult(step, step.run(backend))))
        }
    }
}
