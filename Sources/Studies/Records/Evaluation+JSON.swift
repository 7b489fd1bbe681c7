extension Evaluation: Codable {
    private enum CodingKeys: String, CodingKey {
        case iteration, momentum, replicate, state, epochs, forecast, folds
        case learningRate = "learning_rate"
        case weightDecay = "weight_decay"
        case batchSize = "batch_size"
        case validationLoss = "validation_loss"
        case lengthScale = "length_scale"
        case noiseLevel = "noise_level"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(iteration, forKey: .iteration)
        try container.encode(hyperparameters.learningRate, forKey: .learningRate)
        try container.encode(hyperparameters.momentum, forKey: .momentum)
        try container.encode(hyperparameters.weightDecay, forKey: .weightDecay)
        try container.encode(hyperparameters.batchSize, forKey: .batchSize)
        try container.encode(replicate, forKey: .replicate)
        try container.encode(validationLoss, forKey: .validationLoss)
        try container.encode(state, forKey: .state)
        try container.encodeIfPresent(epochs, forKey: .epochs)
        try container.encodeIfPresent(forecast, forKey: .forecast)
        try container.encode(folds, forKey: .folds)
        try container.encodeIfPresent(lengthScale, forKey: .lengthScale)
        try container.encodeIfPresent(noiseLevel, forKey: .noiseLevel)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        iteration = try container.decode(Int.self, forKey: .iteration)
        hyperparameters = Hyperparameters(
            learningRate: try container.decode(Double.self, forKey: .learningRate),
            momentum: try container.decode(Double.self, forKey: .momentum),
            weightDecay: try container.decode(Double.self, forKey: .weightDecay),
            batchSize: try container.decode(Int.self, forKey: .batchSize))
        replicate = try container.decode(Int.self, forKey: .replicate)
        // A number that is not finite is null, and which one it was no longer matters.
        validationLoss = try container.decodeIfPresent(Double.self, forKey: .validationLoss) ?? .nan
        state = try container.decode(State.self, forKey: .state)
        epochs = try container.decodeIfPresent(Int.self, forKey: .epochs)
        forecast = try container.decodeIfPresent(Forecast.self, forKey: .forecast)
        folds = try container.decode([FoldOutcome].self, forKey: .folds)
        lengthScale = try container.decodeIfPresent(Double.self, forKey: .lengthScale)
        noiseLevel = try container.decodeIfPresent(Double.self, forKey: .noiseLevel)
    }
}

extension FoldOutcome: Decodable {
    private enum Keys: String, CodingKey {
        case fold
        case validationLoss = "validation_loss"
        case validationAccuracy = "validation_accuracy"
        case testLoss = "test_loss"
        case testAccuracy = "test_accuracy"
        case epochLosses = "epoch_losses"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        func number(_ key: Keys) throws -> Double { try container.decodeIfPresent(Double.self, forKey: key) ?? .nan }
        let epochLosses = try container.decodeIfPresent([Double?].self, forKey: .epochLosses)
        self.init(
            fold: try container.decode(Int.self, forKey: .fold), validationLoss: try number(.validationLoss),
            validationAccuracy: try number(.validationAccuracy), testLoss: try number(.testLoss),
            testAccuracy: try number(.testAccuracy), epochLosses: epochLosses.map { $0.map { $0 ?? .nan } })
    }
}
