import Backends
import Backend
import Testing
import Training

@Suite(.timeLimit(.minutes(5))) struct CrossValidationTests {
    private let data = syntheticData(training: 203, test: 50)

    private func run(_ rates: [Double], epochs: Int = 2) throws -> (results: [CrossValidationResult], progress: [Int]) {
        func open(_ backend: some Backend) throws -> (results: [CrossValidationResult], progress: [Int]) {
            let settings = TrainingSettings(epochs: epochs, batchSize: 32, seed: 10)
            let validation = try CrossValidation(data: data, folds: 3, settings: settings, on: backend)
            var done: [Int] = []
            var total = 0
            let results = try validation.run(learningRates: rates) { progress in
                done.append(progress.samplesDone)
                total = progress.samplesTotal
            }
            return (results, done + [total])
        }
        return try open(BackendSelection(BackendRequest(.cpu)).backend)
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
        // Folds of 68, 68 and 67 samples: the mean of the folds, whatever their sizes.
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
}
