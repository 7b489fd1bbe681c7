import BayesianOptimization
package import JSON

/// The state that the lines of a journal lead to, as Optuna's `JournalStorageReplayResult` computes it.
///
/// What Optuna ignores is ignored here too: a change of a finished trial, a second study of the same name, and a parameter whose
/// distribution contradicts that of an earlier trial.
package struct JournalReplay: Sendable {
    /// The studies that are not deleted, in the order of their creation.
    package private(set) var studies: [JournalStudy] = []

    /// The number of lines so far.
    private var lineCount = 0

    /// The number that the next study gets.
    private var nextStudy = 0

    /// The number that the next trial gets.
    private(set) var nextTrial = 0

    /// Creates the state of an empty journal.
    package init() {}

    /// Applies whole lines.
    ///
    /// - Throws: `JSONError`, which names the line.
    package mutating func apply(_ text: [UInt8]) throws(JSONError) {
        for line in text.split(separator: UInt8(ascii: "\n")) {
            lineCount += 1
            do throws(JSONError) {
                try applyLine(JSONValue(parsing: Array(line)))
            } catch {
                throw JSONError(problem: "its line \(lineCount) is no line of a journal: \(error.problem)")
            }
        }
    }

    private mutating func applyLine(_ line: JSONValue) throws(JSONError) {
        guard let operation = (try int(line, "op_code")).flatMap(JournalOperation.init) else {
            throw JSONError(problem: "op_code is not known")
        }
        switch operation {
        case .createStudy: try createStudy(line)
        case .deleteStudy:
            let study = try int(line, "study_id")
            studies.removeAll { $0.id == study }
        case .setStudyUserAttribute:
            let attributes = try attributes(line, "user_attr")
            try change(study: line) { $0.userAttributes.merge(attributes) { $1 } }
        case .setStudySystemAttribute:
            let attributes = try attributes(line, "system_attr")
            try change(study: line) { $0.systemAttributes.merge(attributes) { $1 } }
        case .createTrial: try createTrial(line)
        case .setTrialParameter: try setParameter(line)
        case .setTrialState:
            guard let state = (try int(line, "state")).flatMap(JournalTrial.State.init) else {
                throw JSONError(problem: "state is not known")
            }
            try change(trial: line) { trial in
                trial.state = state
                if let value = Self.value(of: line) { trial.value = value }
            }
        case .setTrialIntermediateValue:
            guard let step = try int(line, "step") else { throw JSONError(problem: "step is missing") }
            let value = line["intermediate_value"]?.double ?? .nan
            try change(trial: line) { $0.intermediateValues[step] = value }
        case .setTrialUserAttribute:
            let attributes = try attributes(line, "user_attr")
            try change(trial: line) { $0.userAttributes.merge(attributes) { $1 } }
        case .setTrialSystemAttribute:
            let attributes = try attributes(line, "system_attr")
            try change(trial: line) { $0.systemAttributes.merge(attributes) { $1 } }
        case .discardTrials: break
        }
    }

    // MARK: Members of lines

    private func int(_ line: JSONValue, _ name: String) throws(JSONError) -> Int? {
        guard let value = line[name] else { throw JSONError(problem: "\(name) is missing") }
        return value.int
    }

    private func attributes(_ line: JSONValue, _ name: String) throws(JSONError) -> [String: JSONValue] {
        guard let attributes = line[name]?.object else { throw JSONError(problem: "\(name) is missing") }
        return attributes
    }

    /// The value of the objective: the only one of `values`, or `value`.
    private static func value(of line: JSONValue) -> Double? {
        (line["values"]?.array?.first ?? line["value"])?.double
    }

    // MARK: Changes

    private mutating func createStudy(_ line: JSONValue) throws(JSONError) {
        guard let name = line["study_name"]?.string, let directions = line["directions"]?.array else {
            throw JSONError(problem: "study_name or directions is missing")
        }
        guard !studies.contains(where: { $0.name == name }) else { return }
        studies.append(JournalStudy(id: nextStudy, name: name, isMinimizing: directions.map(\.int) == [1]))
        nextStudy += 1
    }

    private mutating func change(study line: JSONValue, _ body: (inout JournalStudy) -> Void) throws(JSONError) {
        let id = try int(line, "study_id")
        guard let index = studies.firstIndex(where: { $0.id == id }) else { return }
        body(&studies[index])
    }

    /// Changes a trial that is not finished.
    private mutating func change(trial line: JSONValue, _ body: (inout JournalTrial) -> Void) throws(JSONError) {
        let id = try int(line, "trial_id")
        for study in studies.indices {
            // The newest trials change.
            guard let index = studies[study].trials.lastIndex(where: { $0.id == id }) else { continue }
            if !studies[study].trials[index].state.isFinished { body(&studies[study].trials[index]) }
        }
    }

    private mutating func createTrial(_ line: JSONValue) throws(JSONError) {
        let study = try int(line, "study_id")
        guard let index = studies.firstIndex(where: { $0.id == study }) else { return }
        var trial = JournalTrial(id: nextTrial)
        if let state = line["state"]?.int {
            guard let state = JournalTrial.State(rawValue: state) else {
                throw JSONError(problem: "state is not known")
            }
            trial.state = state
        }
        for (name, text) in (line["distributions"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            let distribution = try JournalDistribution(text.string ?? "")
            trial.distributions[name] = distribution
            if let number = line["params"]?[name]?.double {
                trial.parameters.append(NamedValue(name, try Self.value(number, name, distribution)))
            }
        }
        trial.value = Self.value(of: line)
        trial.userAttributes = line["user_attrs"]?.object ?? [:]
        trial.systemAttributes = line["system_attrs"]?.object ?? [:]
        for (step, value) in line["intermediate_values"]?.object ?? [:] {
            if let step = Int(step) { trial.intermediateValues[step] = value.double ?? .nan }
        }
        studies[index].trials.append(trial)
        nextTrial += 1
    }

    private mutating func setParameter(_ line: JSONValue) throws(JSONError) {
        guard let name = line["param_name"]?.string, let text = line["distribution"]?.string,
            let number = line["param_value_internal"]?.double
        else { throw JSONError(problem: "param_name, param_value_internal or distribution is missing") }
        let distribution = try JournalDistribution(text)
        let value = try Self.value(number, name, distribution)
        let id = try int(line, "trial_id")
        guard let study = studies.first(where: { $0.trials.lastIndex { $0.id == id } != nil }),
            study.first(name)?.isCompatible(with: distribution) != false
        else { return }
        try change(trial: line) { trial in
            trial.distributions[name] = distribution
            trial.parameters.removeAll { $0.name == name }
            trial.parameters.append(NamedValue(name, value))
        }
    }

    private static func value(
        _ number: Double, _ name: String, _ distribution: JournalDistribution
    ) throws(JSONError) -> ParameterValue {
        guard let value = distribution.value(of: number) else {
            throw JSONError(problem: "\(name) is \(number), which its distribution does not have")
        }
        return value
    }
}

extension JournalStudy {
    /// The distribution of a parameter in the first trial that has it.
    func first(_ name: String) -> JournalDistribution? {
        trials.first { $0.distributions[name] != nil }?.distributions[name]
    }
}
