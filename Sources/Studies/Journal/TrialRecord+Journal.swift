import BayesianOptimization
package import JSON

/// The user attributes of a trial in a journal.
enum TrialAttribute {
    /// Those that are known before the evaluation.
    ///
    /// - Parameter seed: The seed of the study.
    static func beginning(of plan: TrialPlan, origin: TrialRecord.Origin, seed: UInt32) throws -> [(String, JSONValue)]
    {
        try values([
            "iteration": plan.number, "batch": [plan.batch.lowerBound, plan.batch.upperBound],
            "replicate": plan.replicate, "seed": seed, "backend": origin.backend, "device": origin.device,
            "version": origin.version,
        ])
    }

    /// Those that are known after it; what is not finite is left out.
    ///
    /// - Parameters:
    ///   - variance: The variance of the mean loss, from the folds of all trials.
    ///   - seconds: The time from the proposal to the outcome.
    static func end(of trial: TrialRecord, variance: Double?, seconds: Double?) throws -> [(String, JSONValue)] {
        let losses = trial.folds.map(\.validationLoss)
        return try values([
            "fold_losses": losses.isEmpty || !losses.allSatisfy(\.isFinite) ? nil : losses,
            "variance": trial.outcome.reportedVariance ?? variance, "forecast": trial.forecast,
            "diverged": trial.state == .diverged ? true : nil, "lost": trial.state == .lost ? true : nil,
            "epochs": trial.outcome.epochs, "length_scale": trial.lengthScale, "noise_level": trial.noiseLevel,
            "seconds": seconds, "folds": trial.folds.isEmpty ? nil : trial.folds,
        ])
    }

    private static func values(_ members: KeyValuePairs<String, (any Encodable)?>) throws -> [(String, JSONValue)] {
        try members.compactMap { name, value in
            guard let value else { return nil }
            let json = try JSONValue(encoding: value)
            return json == .null ? nil : (name, json)
        }
    }
}

extension TrialRecord {
    /// The record of a trial of a journal, whichever program has evaluated it.
    ///
    /// - Returns: `nil` for a trial that is not finished, and for one that was interrupted.
    /// - Throws: `JSONError` for attributes of another kind.
    init?(_ trial: JournalTrial, number: Int) throws(JSONError) {
        let attributes = trial.userAttributes
        guard trial.state.isFinished, attributes["interrupted"] != .bool(true) else { return nil }
        func decode<Value: Decodable>(_ name: String, _ type: Value.Type) throws(JSONError) -> Value? {
            guard let value = attributes[name], value != .null else { return nil }
            do throws(JSONError) {
                return try value.decode(type)
            } catch {
                throw JSONError(problem: "\(name) of trial \(trial.id): \(error.problem)")
            }
        }
        let batch = try decode("batch", [Int].self) ?? []
        let isBatch = batch.count == 2 && batch[0] <= number && number <= batch[1]
        let replicate = try decode("replicate", Int.self) ?? 0
        guard (0...Int(UInt32.max)).contains(replicate) else {
            throw JSONError(problem: "replicate of trial \(trial.id) is negative or too large")
        }
        plan = TrialPlan(
            number: number, batch: isBatch ? batch[0]...batch[1] : number...number, parameters: trial.parameters,
            replicate: replicate)
        outcome = try Self.outcome(
            trial, folds: decode("folds", [FoldOutcome].self), losses: decode("fold_losses", [Double].self),
            variance: decode("variance", Double.self), epochs: decode("epochs", Int.self))
        forecast = try decode("forecast", Forecast.self)
        lengthScale = try decode("length_scale", Double.self)
        noiseLevel = try decode("noise_level", Double.self)
        if let backend = try decode("backend", String.self), let device = try decode("device", String.self),
            let version = try decode("version", String.self)
        {
            origin = Origin(backend: backend, device: device, version: version)
        } else {
            origin = nil
        }
    }

    private static func outcome(
        _ trial: JournalTrial, folds: [FoldOutcome]?, losses: [Double]?, variance: Double?, epochs: Int?
    ) -> Outcome {
        let isDiverged = trial.userAttributes["diverged"] == .bool(true)
        // Optuna's value of a pruned trial is the last one reported, or none.
        let last = trial.intermediateValues.max { $0.key < $1.key }?.value
        let value = trial.value ?? (trial.state == .pruned ? last : nil)
        let state: State
        switch trial.state {
        case _ where isDiverged: state = .diverged
        case .complete where value?.isFinite == true: state = .complete
        case .pruned where value?.isFinite == true: state = .pruned
        // Another program says nothing of the cause of a failure, so the hyperparameters are not blamed.
        default: return .lost
        }
        if let folds { return Outcome(folds: folds, state: state, epochs: epochs) }
        if let losses, !losses.isEmpty {
            return Outcome(
                folds: losses.enumerated().map { fold, loss in
                    FoldOutcome(
                        fold: fold, validationLoss: loss, validationAccuracy: .nan, testLoss: .nan, testAccuracy: .nan)
                }, state: state, epochs: epochs)
        }
        return Outcome(
            folds: [], state: state, epochs: epochs, reportedLoss: value, reportedVariance: variance,
            reportedLosses: trial.intermediateValues)
    }
}

extension JournalStudy {
    /// The trials with their numbers in the study.
    ///
    /// A trial of this program has its number in the attribute `iteration`. If it repeats a trial of another program, which has none,
    /// `repeats` has the `id` of that one, and both have the same number. Other trials have the free numbers, in their order.
    func numbered() -> [(trial: JournalTrial, number: Int)] {
        var taken: Set<Int> = []
        var repeated: [Int: Int] = [:]
        func ownNumber(_ trial: JournalTrial) -> Int? {
            trial.userAttributes["iteration"]?.int.flatMap { (1...1_000_000).contains($0) ? $0 : nil }
        }
        for trial in trials {
            guard let number = ownNumber(trial) else { continue }
            taken.insert(number)
            let batch = (trial.userAttributes["batch"]?.array ?? []).compactMap(\.int)
            if batch.count == 2, batch[0] <= number, number <= batch[1], batch[1] - batch[0] < 1000 {
                taken.formUnion(batch[0]...batch[1])
            }
            if let id = trial.userAttributes["repeats"]?.int { repeated[id] = number }
        }
        var next = 1
        return trials.map { trial in
            if let number = ownNumber(trial) ?? repeated[trial.id] { return (trial, number) }
            while taken.contains(next) { next += 1 }
            next += 1
            return (trial, next - 1)
        }
    }

    /// The records of the finished trials, in the order of their numbers.
    ///
    /// If there are two of a number, the later one is the repetition of a lost one.
    ///
    /// - Throws: `JSONError`.
    package func records() throws(JSONError) -> [TrialRecord] {
        var records: [Int: TrialRecord] = [:]
        for (trial, number) in numbered() {
            guard let record = try TrialRecord(trial, number: number) else { continue }
            if record.state != .lost || records[number] == nil { records[number] = record }
        }
        return records.values.sorted { $0.number < $1.number }
    }
}
