import Backend
import Backends
import Datasets
import NeuralNetwork
import Testing
import Training

@Suite(.timeLimit(.minutes(5))) struct CrossValidationTests {
    private let data = syntheticData(training: 203, test: 50)

    private func run(_ rates: [Double], epochs: Int = 2) throws -> (results: [CrossValidationResult], progress: [Int]) {
        var done: [Int] = []
        var total = 0
        let results = try run(rates.map { plain($0) }, epochs: epochs) {
            done.append($0)
            total = $1
        }
        return (results, done + [total])
    }

    @Test func severalRatesAreTheSameAsOneAfterTheOther() throws {
        let together = try run([0.05, 0.2]).results
        #expect(try together == run([0.05]).results + run([0.2]).results)
    }

    @Test func learns() throws {
        let result = try run([0.1], epochs: 8).results[0]
        #expect(result.folds.count == 3)
        #expect(result.validationAccuracy > 0.9)
        #expect(result.testAccuracy > 0.9)
        #expect(!result.isDiverged)
        // Folds of 68, 68 and 67 samples: the plain mean of the folds, without weights.
        #expect(result.validationLoss == result.folds.reduce(0) { $0 + $1.validation.loss } / 3)
    }

    @Test func aDivergedRateIsAResult() throws {
        let results = try run([1e30, 0.1]).results
        #expect(results[0].isDiverged)
        #expect(!results[1].isDiverged)
    }

    @Test func progressCountsEverySample() throws {
        let progress = try run([0.1, 0.2]).progress
        #expect(progress == progress.sorted())
        // 2 rates x (2 epochs x (135 + 135 + 136) + 203 + 3 x 50).
        let all: Int = 2 * (2 * 406 + 203 + 150)
        #expect(progress.last == all)
        #expect(progress[progress.count - 2] == progress.last)
    }

    /// Runs configurations on the CPU: three folds of 68, 68 and 67 images.
    private func run(
        _ configurations: [TrainingConfiguration], epochs: Int = 2, validatesEveryEpoch: Bool = false,
        progress: @escaping (Int, Int) -> Void = { _, _ in }, stops: ((Int, [[Double]]) -> Bool)? = nil
    ) throws -> [CrossValidationResult] {
        try run(
            configurations, TrainingSettings(epochs: epochs, seed: 10), validatesEveryEpoch: validatesEveryEpoch,
            progress: progress, stops: stops)
    }

    private func run(
        _ configurations: [TrainingConfiguration], _ settings: TrainingSettings, validatesEveryEpoch: Bool = false,
        progress: @escaping (Int, Int) -> Void = { _, _ in }, stops: ((Int, [[Double]]) -> Bool)? = nil
    ) throws -> [CrossValidationResult] {
        func open(_ backend: some Backend) throws -> [CrossValidationResult] {
            let validation = try CrossValidation(
                data: data, network: network(for: data.format), folds: 3,
                settings: settings, on: backend)
            return try validation.run(
                configurations, validatesEveryEpoch: validatesEveryEpoch,
                progress: { progress($0.samplesDone, $0.samplesTotal) }, stops: stops)
        }
        return try open(BackendSelection(BackendRequest(.cpu)).backend)
    }

    private func plain(_ rate: Double, batchSize: Int = 32, replicate: Int = 0) -> TrainingConfiguration {
        TrainingConfiguration(step: StepSettings(learningRate: rate), batchSize: batchSize, replicate: replicate)
    }

    /// A validation does not change later results, and the last validation is the result.
    @Test func validatingEveryEpochChangesNoResult() throws {
        let quiet = try run([plain(0.1)], epochs: 3)[0]
        let watched = try run([plain(0.1)], epochs: 3, validatesEveryEpoch: true)[0]
        for fold in 0..<3 {
            #expect(watched.folds[fold].validation == quiet.folds[fold].validation)
            #expect(watched.folds[fold].test == quiet.folds[fold].test)
            #expect(quiet.folds[fold].epochs.isEmpty)
            #expect(watched.folds[fold].epochs.count == 3)
            #expect(watched.folds[fold].epochs.last == watched.folds[fold].validation)
        }
        // The first epochs of a longer training are the same as a shorter training.
        let shorter = try run([plain(0.1)], epochs: 1)[0]
        #expect(watched.folds.map(\.epochs[0]) == shorter.folds.map(\.validation))
    }

    /// Configurations with different batch sizes, momentum and weight decay, in any order, give the bits of separate runs.
    @Test func configurationsAreTheSameAsOneAfterTheOther() throws {
        let configurations = [
            plain(0.1, batchSize: 64), plain(0.1), plain(0.1, batchSize: 64, replicate: 1),
            TrainingConfiguration(
                step: StepSettings(learningRate: 0.02, momentum: 0.9, weightDecay: 0.01), batchSize: 32),
            TrainingConfiguration(step: StepSettings(learningRate: 0.02, momentum: 0.9), batchSize: 32),
        ]
        let together = try run(configurations)
        #expect(together == (try configurations.flatMap { try run([$0]) }))
        #expect(Set(together.map(\.validationLoss)).count == configurations.count)
    }

    /// With a schedule, configurations with and without a warm-up give the bits of separate runs.
    @Test(arguments: LearningRateSchedule.allCases) func schedules(_ schedule: LearningRateSchedule) throws {
        let settings = TrainingSettings(epochs: 2, seed: 10, schedule: schedule)
        let configurations = [0, 0.4, 3].map {
            TrainingConfiguration(step: StepSettings(learningRate: 0.1), batchSize: 32, warmUp: $0)
        }
        let together = try run(configurations, settings)
        #expect(together == (try configurations.flatMap { try run([$0], settings) }))
        // A warm-up may be longer than the training.
        #expect(Set(together.map(\.validationLoss)).count == 3)
        #expect((together[0] == (try run([configurations[0]])[0])) == (schedule == .constant))
    }

    /// Changed images are those of the fold, the epoch and the replicate, in any stack.
    @Test(arguments: [.flip, .crop, .cutout, [.flip, .crop, .cutout]] as [Augmentation])
    func augmentation(_ augmentation: Augmentation) throws {
        let settings = TrainingSettings(epochs: 2, seed: 10, augmentation: augmentation)
        let configurations = [plain(0.1), plain(0.1, batchSize: 64), plain(0.2), plain(0.1, replicate: 1)]
        let together = try run(configurations, settings)
        #expect(together == (try configurations.flatMap { try run([$0], settings) }))
        #expect(Set(together.map(\.validationLoss) + [try run([plain(0.1)])[0].validationLoss]).count == 5)
    }

    /// Dropped values are those of the fold, the epoch and the replicate, in any stack; and so are networks of other widths.
    @Test func dropoutAndWidth() throws {
        func configuration(dropout: Double, width: Double = 1, replicate: Int = 0) -> TrainingConfiguration {
            TrainingConfiguration(
                step: StepSettings(learningRate: 0.1, dropout: dropout), batchSize: 32, width: width,
                replicate: replicate)
        }
        let configurations = [
            configuration(dropout: 0), configuration(dropout: 0.3), configuration(dropout: 0, width: 1.5),
            configuration(dropout: 0.5), configuration(dropout: 0.3, replicate: 1),
            configuration(dropout: 0.3, width: 1.5),
        ]
        let together = try run(configurations)
        #expect(together == (try configurations.flatMap { try run([$0]) }))
        #expect(Set(together.map(\.validationLoss)).count == configurations.count)
        #expect(together[0] == (try run([plain(0.1)])[0]))
    }

    @Test func aReplicateSeesAnotherOrder() throws {
        let results = try run([plain(0.1), plain(0.1, replicate: 1), plain(0.1, replicate: 2)])
        #expect(Set(results.map(\.validationLoss)).count == 3)
        // The folds are the same; only the order differs.
        #expect(results.allSatisfy { $0.validationLoss.isFinite })
    }

    /// A stopped configuration has the scores of a shorter training; the others do not change.
    @Test func stoppingEndsATraining() throws {
        let configurations = [plain(0.1), plain(0.001), plain(0.2, batchSize: 64)]
        var asked: [Int: [Int]] = [:]
        var totals: [Int] = []
        var last = 0
        let results = try run(
            configurations, epochs: 4,
            progress: { done, total in
                last = done
                totals.append(total)
            }
        ) { configuration, losses in
            asked[configuration, default: []].append(losses[0].count)
            #expect(losses.count == 3)
            return configuration == 1 && losses[0].count == 2
        }
        #expect(asked == [0: [1, 2, 3], 1: [1, 2], 2: [1, 2, 3]])
        #expect(results.map(\.isStopped) == [false, true, false])
        #expect(results.map(\.trainedEpochs) == [4, 2, 4])
        let whole = try run([configurations[0], configurations[2]], epochs: 4, validatesEveryEpoch: true)
        #expect(results[0] == whole[0])
        #expect(results[2] == whole[1])
        let shorter = try run([configurations[1]], epochs: 2, validatesEveryEpoch: true)[0]
        #expect(results[1].folds == shorter.folds)
        // The total number of samples excludes the skipped epochs.
        #expect(last == totals.last)
        #expect(totals.last == (totals.first ?? 0) - 2 * (406 + 203))
    }

    /// A stack in which all configurations are stopped ends.
    @Test func allStopped() throws {
        let results = try run([plain(0.1), plain(0.2)], epochs: 50, stops: { _, _ in true })
        #expect(results.map(\.trainedEpochs) == [1, 1])
    }
}
