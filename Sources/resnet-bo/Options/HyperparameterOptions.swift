import ArgumentParser
import Training

/// The hyperparameters besides the learning rate: a flag for each row of the table ``Hyperparameter``.
struct HyperparameterOptions: ParsableArguments {
    @Option(help: ArgumentHelp(stringLiteral: Hyperparameter.momentum.help))
    var momentum = Hyperparameter.momentum.defaultValue

    @Option(help: ArgumentHelp(stringLiteral: Hyperparameter.weightDecay.help))
    var weightDecay = Hyperparameter.weightDecay.defaultValue

    @Option(help: ArgumentHelp(stringLiteral: Hyperparameter.batchSize.help))
    var batchSize = Int(Hyperparameter.batchSize.defaultValue)

    /// The values by their names in the table.
    var values: [String: Double] {
        [
            Hyperparameter.momentum.name: momentum, Hyperparameter.weightDecay.name: weightDecay,
            Hyperparameter.batchSize.name: Double(batchSize),
        ]
    }

    func validate() throws {
        for row in Hyperparameter.all {
            if let value = values[row.name] { try row.validate(value) }
        }
    }

    /// The configuration at a learning rate.
    func configuration(learningRate: Double, replicate: Int = 0) -> TrainingConfiguration {
        TrainingConfiguration(
            values.merging([Hyperparameter.learningRate.name: learningRate]) { $1 }, replicate: replicate)
    }
}

extension Hyperparameter {
    /// Throws unless a value makes sense.
    ///
    /// - Parameter flag: The flag that asks for it, if it is not the hyperparameter's own.
    func validate(_ value: Double, flag: String? = nil) throws {
        guard domain.allows(value) else {
            let text = if case .integer = domain, let whole = Int(exactly: value) { "\(whole)" } else { "\(value)" }
            throw ValidationError("\(flag ?? "--\(self.flag)") \(text): must be \(domain.requirement)")
        }
    }
}
