import BayesianOptimization
import Foundation
import Studies
import Testing

@Suite("The preset robust in a study")
struct RobustEngineTests {
    static let rates = 0.001...0.9

    static func engine(_ others: [SearchDimension] = [], initial: Double = 0.01, seed: UInt32 = 10) throws
        -> RobustEngine
    {
        try RobustEngine(
            dimensions: [SearchDimension(.learningRate, .range(rates, .log))] + others,
            initial: Hyperparameters(learningRate: initial), seed: seed)
    }

    /// A loss over learning rates of the usual shape, least, 0.28, at 0.1; above 0.5 training diverges.
    static func trial(_ point: Hyperparameters) -> FinishedTrial {
        let distance = log10(point.learningRate) + 1
        let loss = 0.28 + 0.05 * distance * distance
        guard point.learningRate < 0.5 else {
            let folds = [2.303, 2.303, 0.36, 2.303, 2.303]
            return FinishedTrial(
                hyperparameters: point, loss: 1.91, foldLosses: folds, forecastDeviation: nil, state: .diverged)
        }
        // Effects of the folds that are the same in every trial, and a little noise that is not.
        let noise = [1, -1, 0.5, -0.5, 0].map { 0.002 * $0 * sin(1e4 * point.learningRate) }
        let folds = zip([-0.02, 0.01, 0.03, -0.01, -0.01], noise).map { loss + $0 + $1 }
        return FinishedTrial(
            hyperparameters: point, loss: folds.reduce(0, +) / 5, foldLosses: folds, forecastDeviation: nil,
            state: .complete)
    }

    /// Asks and tells.
    @discardableResult
    static func run(_ engine: inout RobustEngine, trials: Int) throws -> [Hyperparameters] {
        try (0..<trials).map { _ in
            let point = try engine.ask(1)[0]
            try engine.tell(trial(point))
            return point
        }
    }

    @Test("Six trials find the learning rate, also where some diverge", arguments: [UInt32(0), 1, 10])
    func sixTrials(seed: UInt32) throws {
        var engine = try Self.engine(seed: seed)
        let points = try Self.run(&engine, trials: 6)
        #expect(points[0].learningRate == 0.01)
        let recommendation = try #require(try engine.recommendation())
        #expect(abs(log10(recommendation.hyperparameters.learningRate) + 1) < 0.25)
        #expect(abs(recommendation.mean - 0.28) < 0.01)
        // The folds differ by 0.02 and say nothing about the noise: they differ in the same way everywhere.
        #expect(recommendation.standardDeviation < 0.01)
    }

    @Test("A study that goes on asks what it would have asked")
    func resuming() throws {
        var engine = try Self.engine()
        let points = try Self.run(&engine, trials: 6)
        var resumed = try Self.engine()
        for point in points.prefix(4) { try resumed.tell(Self.trial(point)) }
        #expect(try Self.run(&resumed, trials: 2) == Array(points.suffix(2)))
    }

    @Test("Several at once begin with the initial one and are all different")
    func batches() throws {
        var engine = try Self.engine()
        let batch = try engine.ask(4)
        #expect(batch[0].learningRate == 0.01)
        #expect(Set(batch).count == 4)
        for point in batch.reversed() { try engine.tell(Self.trial(point)) }
        #expect(Set(try engine.ask(3)).count == 3)
    }

    @Test("A single trial has a surrogate")
    func single() throws {
        var engine = try Self.engine()
        try Self.run(&engine, trials: 1)
        let surrogate = try #require(try engine.surrogate())
        let point = Hyperparameters(learningRate: 0.02)
        let prediction = try surrogate.predict([point])[0]
        #expect(prediction.mean.isFinite && prediction.standardDeviation > 0)
        #expect(try surrogate.acquisition([point])[0].isFinite)
        #expect(surrogate.scale == .log)
        #expect(try engine.stopReason() == nil)
    }

    @Test("Where everything diverges it goes on looking elsewhere")
    func allDiverged() throws {
        var engine = try Self.engine(initial: 0.8)
        for _ in 0..<4 {
            var trial = Self.trial(try engine.ask(1)[0])
            trial.state = .diverged
            trial.loss = .nan
            try engine.tell(trial)
        }
        #expect(try engine.recommendation() == nil)
        #expect(Self.rates.contains(try engine.ask(1)[0].learningRate))
    }

    @Test("The next trial is where the chosen function is greatest")
    func acquisitions() throws {
        var proposals: Set<Double> = []
        for acquisition in Acquisition.allCases {
            var engine = try RobustEngine(
                dimensions: [SearchDimension(.learningRate, .range(Self.rates, .log))],
                initial: Hyperparameters(learningRate: 0.01), seed: 10, acquisition: acquisition)
            try Self.run(&engine, trials: 4)
            let surrogate = try #require(try engine.surrogate())
            #expect(surrogate.acquisitionName == acquisition.name)
            let next = try engine.ask(1)[0]
            let grid = (0...400).map { Hyperparameters(learningRate: 0.001 * pow(900, Double($0) / 400)) }
                .filter { Self.rates.contains($0.learningRate) }
            let highest = try #require(try surrogate.acquisition(grid).max())
            #expect(try surrogate.acquisition([next])[0] >= highest - 1e-6)
            proposals.insert(next.learningRate)
        }
        #expect(proposals.count == Acquisition.allCases.count)
    }

    @Test("Several hyperparameters: a picture cuts through the space at the first proposal, or at the answer")
    func cuts() throws {
        var study = Study(
            description: StudyDescription(
                backend: "cpu", device: "a processor", preset: .robust, seed: 10, settings: [String: Int]()),
            engine: try Self.engine([SearchDimension("momentum=0.0..0.99"), SearchDimension("batch-size=32,64")]),
            learningRates: Self.rates, file: nil, stopsEarly: false)
        var order: [Int] = []
        try study.run(evaluations: 6, parallel: 3) { trials, _ in
            order += trials.map(\.iteration)
            return trials.map { trial in
                let trial = Self.trial(trial.hyperparameters)
                return TrialOutcome(
                    folds: (trial.foldLosses ?? []).enumerated().map { fold, loss in
                        FoldOutcome(
                            fold: fold, validationLoss: loss, validationAccuracy: 0.9, testLoss: loss, testAccuracy: 0.9
                        )
                    }, isDiverged: trial.state == .diverged)
            }
        }
        let results = study.results
        // Batch sizes decide what is trained together; the record has the evaluations in their order.
        #expect(order != order.sorted())
        #expect(results.evaluations.map(\.iteration) == Array(1...6))
        let origins =
            study.pictures.dropLast().map { results.evaluations[$0.iterations.lowerBound - 1].hyperparameters }
            + [try #require(results.answer)]
        #expect(study.pictures.count == origins.count)
        for (picture, origin) in zip(study.pictures, origins) {
            #expect(
                picture.cut == [
                    .init(.momentum, origin.momentum), .init(.batchSize, Double(origin.batchSize)),
                ])
        }
    }

    @Test("Other hyperparameters are searched within their bounds and choices")
    func several() throws {
        var engine = try Self.engine([
            SearchDimension("momentum=0.0..0.99"), SearchDimension("weight-decay=log:1e-6..1e-2"),
            SearchDimension("batch-size=32,64,128"),
        ])
        var sizes: Set<Int> = []
        for _ in 0..<10 {
            let point = try engine.ask(1)[0]
            #expect((0...0.99).contains(point.momentum))
            #expect([32, 64, 128].contains(point.batchSize))
            sizes.insert(point.batchSize)
            try engine.tell(Self.trial(point))
        }
        #expect(sizes.count > 1)
    }
}
