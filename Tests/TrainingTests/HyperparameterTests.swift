import NeuralNetwork
import Testing
import Training

/// The table of hyperparameters.
@Suite struct HyperparameterTests {
    @Test func defaultsMakeAConfiguration() {
        #expect(
            TrainingConfiguration([:])
                == TrainingConfiguration(
                    step: StepSettings(learningRate: 0.01, momentum: 0, weightDecay: 0), batchSize: 64))
        #expect(Hyperparameter.all.allSatisfy { $0.domain.allows($0.defaultValue) })
        #expect(Set(Hyperparameter.all.map(\.name)).count == Hyperparameter.all.count)
    }

    /// Each row reads and writes a place of its own.
    @Test(arguments: Hyperparameter.all.indices) func rows(index: Int) {
        let row = Hyperparameter.all[index]
        let value = row.defaultValue == 0 ? 0.5 : 2 * row.defaultValue
        let configuration = TrainingConfiguration([row.name: value], replicate: 3)
        #expect(configuration[keyPath: row.path] == value)
        #expect(configuration.replicate == 3)
        for other in Hyperparameter.all where other.name != row.name {
            #expect(configuration[keyPath: other.path] == other.defaultValue)
        }
    }

    @Test(arguments: [
        (Hyperparameter.Domain.positive, [1e-300, 1, 1e300], [0, -1, .nan, .infinity]),
        (.nonNegative, [0, 1e300], [-1e-300, .nan, .infinity]),
        (.fraction, [0, 0.999], [1, -0.1, .nan, .infinity]),
        (.positiveUpTo(64), [1e-300, 64], [0, -1, 64.5, .nan, .infinity]),
        (.integer(2...4), [2, 3, 4], [1, 5, 2.5, .nan, .infinity, 1e300]),
    ])
    func domains(domain: Hyperparameter.Domain, allowed: [Double], refused: [Double]) {
        for value in allowed { #expect(domain.allows(value), "\(value)") }
        for value in refused { #expect(!domain.allows(value), "\(value)") }
    }
}
