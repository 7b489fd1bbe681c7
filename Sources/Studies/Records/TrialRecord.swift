/// One trial of a study, as it is recorded.
package struct TrialRecord: Sendable, Equatable {
    /// How a trial went.
    package enum State: String, Sendable, Codable, CaseIterable {
        /// The network learned in every fold.
        case complete

        /// The training was stopped early: it was not going to beat the best.
        case pruned

        /// The training diverged in at least one fold.
        case diverged
    }

    /// What training with one fold left out, and validating on it, came to. Losses need not be finite.
    package struct FoldOutcome: Sendable, Equatable, Codable {
        /// The number of the fold, from 0.
        package let fold: Int

        /// The mean loss over the fold's validation samples, in nats.
        package let validationLoss: Double

        /// The part of the fold's validation samples that is classified correctly.
        package let validationAccuracy: Double

        /// The mean loss over the test set, in nats.
        package let testLoss: Double

        /// The part of the test set that is classified correctly.
        package let testAccuracy: Double

        /// The mean loss over the fold's validation samples after every epoch, in nats; none if only the last was measured.
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

    /// What an objective returns.
    package struct Outcome: Sendable, Equatable {
        /// The outcome of each fold, after the last epoch that was trained.
        package let folds: [FoldOutcome]

        /// How the trial went.
        package let state: State

        /// Epochs that were trained; none if the objective does not say.
        package let epochs: Int?

        /// An outcome from its parts.
        package init(folds: [FoldOutcome], state: State, epochs: Int? = nil) {
            self.folds = folds
            self.state = state
            self.epochs = epochs
        }
    }

    /// What a quantity is expected to be.
    package struct Forecast: Sendable, Equatable, Codable {
        /// The expected value.
        package var mean: Double

        /// The standard deviation around it.
        package var std: Double

        /// An expectation.
        package init(mean: Double, std: Double) {
            self.mean = mean
            self.std = std
        }
    }

    /// What a trial was made by.
    package struct Origin: Sendable, Equatable, Decodable {
        /// The name of the backend.
        package let backend: String

        /// The device that the backend ran on.
        package let device: String

        /// The version of the program.
        package let version: String

        /// An origin from its parts.
        package init(backend: String, device: String, version: String) {
            self.backend = backend
            self.device = device
            self.version = version
        }
    }

    /// What was evaluated.
    package internal(set) var plan: TrialPlan

    /// What it came to.
    package let outcome: Outcome

    /// Of a pruned trial, the loss that all epochs would have come to, as far as that could be told.
    package let forecast: Forecast?

    /// The length scale of the surrogate that proposed it; none where none did, or where it has several.
    package let lengthScale: Double?

    /// The noise level of the surrogate that proposed it; none where none did, or where noise is known.
    package let noiseLevel: Double?

    /// What it was made by; none in records of old versions.
    package let origin: Origin?

    /// A record from its parts.
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

    /// How it went.
    package var state: State { outcome.state }

    /// The outcome of each fold.
    package var folds: [FoldOutcome] { outcome.folds }

    /// The mean of the folds' validation losses after the last epoch that was trained, in nats: what is minimised. Not
    /// finite if one of them is not.
    package var validationLoss: Double { folds.mean(of: \.validationLoss) }

    /// The standard error of the validation loss, from its folds; none for fewer than two.
    package var standardError: Double? {
        folds.standardDeviation(of: \.validationLoss).map { $0 / Double(folds.count).squareRoot() }
    }
}

/// One trial that an objective is to make.
package struct TrialPlan: Sendable, Equatable {
    /// The number of the trial, from 1.
    package let number: Int

    /// The numbers of the trials that were proposed together with it, its own among them.
    package let batch: ClosedRange<Int>

    /// What to evaluate: all hyperparameters.
    package var parameters: [NamedValue]

    /// 0, or the number of a repetition in other random orders.
    package let replicate: Int

    /// A plan from its parts.
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

    /// The sample standard deviation of a quantity over the folds (divisor n − 1); none for fewer than two.
    package func standardDeviation(of quantity: (TrialRecord.FoldOutcome) -> Double) -> Double? {
        guard count > 1 else { return nil }
        let mean = mean(of: quantity)
        return (map { (quantity($0) - mean) * (quantity($0) - mean) }.reduce(0, +) / Double(count - 1)).squareRoot()
    }
}
