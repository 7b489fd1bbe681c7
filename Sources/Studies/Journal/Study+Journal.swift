import BayesianOptimization
import JSON

extension Study {
    /// The study of a journal with its answer and the snapshots of its surrogate; nothing is evaluated.
    ///
    /// The search space is what the journal has: the last distribution of each parameter, widened to all values of the trials.
    /// Preset and acquisition function are the recorded ones.
    ///
    /// - Parameter snapshots: The batches whose surrogate has a snapshot.
    /// - Throws: ``StudyError`` for records that are not usable, `OptimizerError`, and `JSONError` for attributes of another kind.
    package static func replay(
        _ journal: JournalStudy, snapshots: ReplayedSnapshots = .last
    ) throws -> Study {
        let records = try journal.records()
        let attributes = journal.userAttributes
        let preset = try attributes["preset"]?.decode(Preset.self) ?? .robust
        let space = try ParameterSpace(journal.searchedParameters())
        var configuration = preset.configuration
        if let acquisition = try attributes["settings"]?["acquisition"]?.decode(Acquisition?.self) {
            configuration.acquisition = acquisition
        }
        func text(_ name: String) -> String { attributes[name]?.string ?? "" }
        let study = try Study(
            description: StudyDescription(
                origin: .init(backend: text("backend"), device: text("device"), version: text("version")),
                preset: preset, seed: try attributes["seed"]?.decode(UInt32.self) ?? 0,
                settings: attributes["settings"] ?? .null, data: attributes["data"] ?? .null,
                run: try attributes["run"]?.decode(RunFacts.self)),
            search: Search(
                space: space, configuration: configuration, defaults: journal.lastParameters(first: space),
                noise: preset == .reference ? .estimated : .folds),
            file: nil, recorded: records, snapshots: snapshots)
        try study.run(trials: 0) { _, _, _ in }
        study.restore(stopReason: attributes["stop_reason"]?.string)
        return study
    }
}

extension JournalStudy {
    /// The parameters that the study searches; the first one is real, if one is.
    ///
    /// - Throws: `OptimizerError`, also without a parameter.
    fileprivate func searchedParameters() throws(OptimizerError) -> [Parameter] {
        var domains: [(name: String, domain: Parameter.Domain)] = []
        for trial in trials {
            for name in trial.parameters.map(\.name) {
                guard let domain = trial.distributions[name]?.domain else { continue }
                if let index = domains.firstIndex(where: { $0.name == name }) {
                    domains[index].domain = domain
                } else {
                    domains.append((name, domain))
                }
            }
        }
        let isReal = { (domain: Parameter.Domain) in
            if case .real = domain { true } else { false }
        }
        guard !domains.isEmpty else {
            throw .invalidSpace(reason: "the journal has no trial with a parameter that is searched")
        }
        if let first = domains.firstIndex(where: { isReal($0.domain) }) {
            domains.insert(domains.remove(at: first), at: 0)
        }
        var parameters: [Parameter] = []
        for (name, domain) in domains {
            let values = trials.compactMap { $0.parameters[name] }
            parameters.append(try Parameter(name, domain.widened(to: values)))
        }
        return parameters
    }

    /// All parameters with their last values, the first one of a space in front.
    fileprivate func lastParameters(first space: ParameterSpace) -> [NamedValue] {
        var parameters: [NamedValue] = []
        for value in trials.flatMap(\.parameters) {
            if let index = parameters.firstIndex(where: { $0.name == value.name }) {
                parameters[index] = value
            } else {
                parameters.append(value)
            }
        }
        let axis = space.parameters[0].name
        return parameters.filter { $0.name == axis } + parameters.filter { $0.name != axis }
    }
}

extension Parameter.Domain {
    /// The domain with some values that it may lack: those of trials of an earlier space.
    fileprivate func widened(to values: [ParameterValue]) -> Parameter.Domain {
        let numbers = values.compactMap(\.number)
        let (least, greatest) = (numbers.min() ?? .infinity, numbers.max() ?? -.infinity)
        return switch self {
        case .real(let lower, let upper, let scale):
            .real(lower: min(lower, least), upper: max(upper, greatest), scale: least > 0 ? scale : .linear)
        case .integer(let lower, let upper, let scale):
            .integer(
                lower: Int(exactly: least.rounded(.down)).map { min(lower, $0) } ?? lower,
                upper: Int(exactly: greatest.rounded(.up)).map { max(upper, $0) } ?? upper,
                scale: least > 0 ? scale : .linear)
        case .ordinal(let known): .ordinal(values: Set(known + numbers).sorted())
        case .categorical(let choices):
            .categorical(
                choices: values.map(\.description).reduce(into: choices) { if !$0.contains($1) { $0.append($1) } })
        case .steppedReal, .steppedInteger: self
        }
    }
}
