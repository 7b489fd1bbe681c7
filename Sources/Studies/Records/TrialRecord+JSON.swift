import BayesianOptimization
import JSON

extension KeyedEncodingContainer<MemberName> {
    /// A member for each hyperparameter.
    mutating func encode(_ parameters: [NamedValue]) throws {
        for parameter in parameters { try encode(parameter.value, forKey: MemberName(stringValue: parameter.name)) }
    }
}

extension KeyedDecodingContainer {
    /// A number; `null` is read as NaN, because numbers that are not finite are written as `null`.
    func number(_ key: Key) throws -> Double { try decodeIfPresent(Double.self, forKey: key) ?? .nan }
}

/// A record is one flat object: hyperparameters are members beside the others.
extension TrialRecord: Codable {
    /// The members that are not hyperparameters.
    private static let ownKeys: Set<MemberName> = [
        "iteration", "batch", "replicate", "validation_loss", "state", "epochs", "forecast", "folds", "length_scale",
        "noise_level", "backend", "device", "version",
    ]

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: MemberName.self)
        try container.encode(number, forKey: "iteration")
        try container.encode(parameters)
        try container.encode(plan.replicate, forKey: "replicate")
        try container.encode(validationLoss, forKey: "validation_loss")
        try container.encode(state, forKey: "state")
        try container.encodeIfPresent(outcome.epochs, forKey: "epochs")
        try container.encodeIfPresent(forecast, forKey: "forecast")
        try container.encode(folds, forKey: "folds")
        try container.encodeIfPresent(lengthScale, forKey: "length_scale")
        try container.encodeIfPresent(noiseLevel, forKey: "noise_level")
        try container.encode([plan.batch.lowerBound, plan.batch.upperBound], forKey: "batch")
        try container.encodeIfPresent(origin?.backend, forKey: "backend")
        try container.encodeIfPresent(origin?.device, forKey: "device")
        try container.encodeIfPresent(origin?.version, forKey: "version")
    }

    /// Reads a record; unknown members are hyperparameters, in the order of their names.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: MemberName.self)
        let number = try container.decode(Int.self, forKey: "iteration")
        func refuse(_ reason: String) -> StudyError { .unusableRecord(iteration: number, reason: reason) }
        guard number >= 1 else { throw refuse("its number must be at least 1") }
        let batch = try container.decodeIfPresent([Int].self, forKey: "batch") ?? [number, number]
        guard batch.count == 2, 1 <= batch[0], batch[0] <= number, number <= batch[1], batch[1] <= 1_000_000,
            batch[1] - batch[0] < 1000
        else {
            throw refuse("its batch must be two numbers up to 1000000 that are near each other, its own between them")
        }
        let replicate = try container.decode(Int.self, forKey: "replicate")
        guard (0...Int(UInt32.max)).contains(replicate) else { throw refuse("its replicate must not be negative") }
        let names = container.allKeys.filter { !Self.ownKeys.contains($0) }.sorted { $0.stringValue < $1.stringValue }
        plan = TrialPlan(
            number: number, batch: batch[0]...batch[1],
            parameters: try names.map {
                NamedValue($0.stringValue, try container.decode(ParameterValue.self, forKey: $0))
            },
            replicate: replicate)
        let recorded = try container.number("validation_loss")
        let folds = try container.decode([FoldOutcome].self, forKey: "folds")
        outcome = Outcome(
            folds: folds, state: try container.decode(State.self, forKey: "state"),
            epochs: try container.decodeIfPresent(Int.self, forKey: "epochs"),
            reportedLoss: folds.isEmpty && recorded.isFinite ? recorded : nil)
        forecast = try container.decodeIfPresent(Forecast.self, forKey: "forecast")
        lengthScale = try container.decodeIfPresent(Double.self, forKey: "length_scale")
        noiseLevel = try container.decodeIfPresent(Double.self, forKey: "noise_level")
        // Old versions recorded no origin.
        let isOld = try container.decodeIfPresent(String.self, forKey: "backend") == nil
        origin = isOld ? nil : try Origin(from: decoder)
        guard !folds.isEmpty || outcome.reportedLoss != nil || state == .lost || state == .diverged,
            validationLoss == recorded || !validationLoss.isFinite && recorded.isNaN
        else {
            throw refuse("its validation_loss must be the mean of its folds'")
        }
    }
}
