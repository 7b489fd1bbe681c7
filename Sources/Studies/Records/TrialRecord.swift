/// The record of one trial of a study.
package struct TrialRecord: Sendable, Equatable {
    /// The outcome of a trial.
    package enum State: String, Sendable, Codable, CaseIterable {
        /// The network learned in every fold.
        case complete

        /// The training was stopped early, because it was unlikely to beat the best.
        case pruned

        /// The training diverged in at least one fold.
        case diverged

        /// The evaluation was lost, and its hyperparameters are not the cause: a machine broke down.
        ///
        /// It says nothing about them. A resumed study evaluates the trial again.
        case lost
    }

    /// The outcome of training with one fold left out, and of validation on that fold.
    ///
    /// Losses need not be finite.
    package struct FoldOutcome: Sendable, Equatable, Codable {
        /// The number of the fold, from 0.
        package let fold: Int

        /// The mean loss over the fold's validation samples, in nats.
        package let validationLoss: Double

        /// The fraction of the fold's validation samples that is classified correctly.
        package let validationAccuracy: Double

        /// The mean loss over the test set, in nats.
        package let testLoss: Double

        /// The fraction of the test set that is classified correctly.
        package let testAccuracy: Double

        /// The mean loss over the fold's validation samples after every epoch, in nats; `nil` if only the last was
        /// measured.
        package let epochLosses: [Double]?

        /// The outcome of a fold.
        package init(
            fold: Int, validationLoss: Double, validationAccuracy: Double, testLoss: Double, testAccuracy: Double,
            epochLosses: [Double]? = nil
        ) {
            self.fold = fold
            self.validationLoss = validationLoss
            self.validationAccuracy = validationAccuracy
            self.testLoss = testLoss
            self.testAccuracy = testAccuracy
            self.epochLosses = epochLosses
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                fold: try container.decode(Int.self, forKey: .fold),
                validationLoss: try container.number(.validationLoss),
                validationAccuracy: try container.number(.validationAccuracy),
                testLoss: try container.number(.testLoss), testAccuracy: try container.number(.testAccuracy),
                epochLosses: try container.decodeIfPresent([Double?].self, forKey: .epochLosses)?.map { $0 ?? .nan })
        }
    }

    /// The result of an objective.
    package struct Outcome: Sendable, Equatable {
        /// An evaluation that was lost, without folds.
        package static let lost = Outcome(folds: [], state: .lost)

        /// The outcome of each fold, after the last epoch that was trained; a lost trial may have none, and so has one of
        /// another program.
        package let folds: [FoldOutcome]

        /// The outcome of the trial.
        package let state: State

        /// The number of trained epochs; `nil` if the objective does not give it.
        package let epochs: Int?

        /// The loss of the whole trial, where another program has recorded no folds; otherwise `nil`.
        package let reportedLoss: Double?

        /// The variance of that loss, if the other program has recorded it.
        package let reportedVariance: Double?

        /// The losses that another program has reported during the evaluation, by their steps.
        package let reportedLosses: [Int: Double]

        /// Creates an outcome.
        package init(
            folds: [FoldOutcome], state: State, epochs: Int? = nil, reportedLoss: Double? = nil,
            reportedVariance: Double? = nil, reportedLosses: [Int: Double] = [:]
        ) {
            self.folds = folds
            self.state = state
            self.epochs = epochs
            self.reportedLoss = reportedLoss
            self.reportedVariance = reportedVariance
            self.reportedLosses = reportedLosses
        }
    }

    /// The prediction of a quantity.
    package struct Forecast: Sendable, Equatable, Codable {
        /// The expected value.
        package var mean: Double

        /// The standard deviation around it.
        package var std: Double

        /// Creates a forecast.
        package init(mean: Double, std: Double) {
            self.mean = mean
            self.std = std
        }
    }

    /// The backend, device and version that measured a trial.
    package struct Origin: Sendable, Equatable, Decodable {
        /// The name of the backend.
        package let backend: String

        /// The device that the backend ran on.
        package let device: String

        /// The version of the program.
        package let version: String

        /// Creates an origin.
        package init(backend: String, device: String, version: String) {
            self.backend = backend
            self.device = device
            self.version = version
        }
    }

    /// The evaluated hyperparameters, with the number and batch of the trial.
    package internal(set) var plan: TrialPlan

    /// The result of the objective.
    package let outcome: Outcome

    /// The predicted loss of a pruned trial after all epochs, if there is a prediction.
    package let forecast: Forecast?

    /// The length scale of the surrogate that suggested it; `nil` without a surrogate, and for several length scales.
    package let lengthScale: Double?

    /// The noise level of the surrogate that suggested it; `nil` without a surrogate, and where noise is known.
    package let noiseLevel: Double?

    /// The backend, device and version that measured it; `nil` in records of old versions.
    package let origin: Origin?

    /// Creates a record.
    package init(
        plan: TrialPlan, outcome: Outcome, forecast: Forecast? = nil, lengthScale: Double? = nil,
        noiseLevel: Double? = nil, origin: Origin? = nil
    ) {
        self.plan = plan
        self.outcome = outcome
        self.forecast = forecast
        self.lengthScale = lengthScale
        self.noiseLevel = noiseLevel
        self.origin = origin
    }

    /// The number of the trial, from 1.
    package var number: Int { plan.number }

    /// The hyperparameters.
    package var parameters: [NamedValue] { plan.parameters }

    /// The record with values for hyperparameters that it lacks, because its version of the program did not have them.
    package func completed(with values: [NamedValue]) -> TrialRecord {
        var record = self
        record.plan.parameters += values.filter { parameters[$0.name] == nil }
        return record
    }

    /// The outcome.
    package var state: State { outcome.state }

    /// The outcome of each fold.
    package var folds: [FoldOutcome] { outcome.folds }

    /// The mean of the folds' validation losses after the last trained epoch, in nats, which the study minimises.
    ///
    /// It is not finite if one of them is not. Without folds it is the loss that another program has recorded.
    package var validationLoss: Double { outcome.reportedLoss ?? folds.mean(of: \.validationLoss) }

    /// Whether the loss can be compared with that of other trials.
    ///
    /// Those of pruned and lost trials are losses of fewer epochs.
    package var canBeBest: Bool { validationLoss.isFinite && state != .pruned && state != .lost }

    /// The standard error of the validation loss, from its folds; `nil` for fewer than two.
    package var standardError: Double? {
        folds.standardDeviation(of: \.validationLoss).map { $0 / Double(folds.count).squareRoot() }
    }
}

/// One trial that an objective has to evaluate.
package struct TrialPlan: Sendable, Equatable {
    /// The number of the trial, from 1.
    package let number: Int

    /// The numbers of the trials of the same batch, including its own.
    package let batch: ClosedRange<Int>

    /// The position in the batch, from 0.
    package var position: Int { number - batch.lowerBound }

    /// All hyperparameters.
    package var parameters: [NamedValue]

    /// The number of the replicate, from 0; each has other random orders.
    package let replicate: Int

    /// Creates a plan.
    package init(number: Int, batch: ClosedRange<Int>, parameters: [NamedValue], replicate: Int = 0) {
        self.number = number
        self.batch = batch
        self.parameters = parameters
        self.replicate = replicate
    }
}

extension [TrialRecord.FoldOutcome] {
    /// The mean of a quantity over the folds.
    package func mean(of quantity: (TrialRecord.FoldOutcome) -> Double) -> Double {
        map(quantity).reduce(0, +) / Double(count)
    }

    /// The sample standard deviation of a quantity over the folds (divisor n − 1); `nil` for fewer than two.
    package func standardDeviation(of quantity: (TrialRecord.FoldOutcome) -> Double) -> Double? {
        guard count > 1 else { return nil }
        let mean = mean(of: quantity)
        return (map { (quantity($0) - mean) * (quantity($0) - mean) }.reduce(0, +) / Double(count - 1)).squareRoot()
    }
}
