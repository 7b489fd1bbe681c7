package import BayesianOptimization
import JSON

/// The settings of a study, recorded beside its results.
package struct StudyDescription: Sendable {
    /// The backend, device and version of this run.
    package let origin: TrialRecord.Origin

    /// The names of several devices, which get the trials of each batch in turn; empty if there is one.
    package let devices: [String]

    /// The preset of the optimiser.
    package let preset: Preset

    /// The seed of all random draws.
    package let seed: UInt32

    /// The other settings, recorded as a JSON object with the members in the order of their declaration.
    package let settings: any Encodable & Sendable

    /// The data set, recorded as a JSON object.
    package let data: any Encodable & Sendable

    /// How this run was started; `nil` if it is not known.
    package let run: RunFacts?

    /// Creates a description.
    package init(
        origin: TrialRecord.Origin, devices: [String] = [], preset: Preset, seed: UInt32,
        settings: any Encodable & Sendable, data: any Encodable & Sendable, run: RunFacts? = nil
    ) {
        self.origin = origin
        self.devices = devices
        self.preset = preset
        self.seed = seed
        self.settings = settings
        self.data = data
        self.run = run
    }

    /// The backend, device and version that measure a trial in this run.
    func origin(of plan: TrialPlan) -> TrialRecord.Origin {
        guard !devices.isEmpty else { return origin }
        return TrialRecord.Origin(
            backend: origin.backend, device: devices[plan.position % devices.count], version: origin.version)
    }
}

/// The record of a study: the contents of `results.json`.
package struct StudyRecord: Sendable {
    /// The settings of the study.
    package let description: StudyDescription

    /// The trials, in the order of their numbers.
    package internal(set) var trials: [TrialRecord]

    /// The recommendation of the surrogate, as all hyperparameters, with the expected loss there without noise.
    ///
    /// It is `nil` for a preset whose answer is the best trial.
    package internal(set) var recommendation: (parameters: [NamedValue], mean: Double, standardDeviation: Double)?

    /// The reason that the study ended before its last trial, as a clause; `nil` if it did not.
    package internal(set) var stopReason: String?

    /// The trial of the lowest finite loss, the first of equal ones; `nil` without a finite loss.
    ///
    package var best: TrialRecord? {
        trials.filter(\.canBeBest).min { $0.validationLoss < $1.validationLoss }
    }

    /// The answer of the study: the recommendation of the surrogate, or else the best trial.
    package var answer: [NamedValue]? { recommendation?.parameters ?? best?.parameters }
}

extension StudyRecord: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: MemberName.self)
        try container.encode(description.origin.backend, forKey: "backend")
        try container.encode(description.origin.device, forKey: "device")
        try container.encode(description.preset, forKey: "preset")
        try container.encode(description.seed, forKey: "seed")
        try container.encode(description.settings, forKey: "settings")
        try container.encode(trials, forKey: "evaluations")
        func encode(_ key: MemberName, _ parameters: [NamedValue]?, _ numbers: KeyValuePairs<MemberName, Double?>)
            throws
        {
            guard let parameters else { return try container.encodeNil(forKey: key) }
            var nested = container.nestedContainer(keyedBy: MemberName.self, forKey: key)
            try nested.encode(parameters)
            for (name, number) in numbers { try nested.encodeIfPresent(number, forKey: name) }
        }
        try encode("best", best?.parameters, ["loss": best?.validationLoss, "std": best?.standardError])
        try encode(
            "recommended", recommendation?.parameters,
            ["mean": recommendation?.mean, "std": recommendation?.standardDeviation])
        try container.encodeIfPresent(stopReason, forKey: "stop_reason")
        try container.encode(description.data, forKey: "data")
        try container.encode(description.origin.version, forKey: "version")
    }
}
