import ArgumentParser
import BayesianOptimization
import Foundation
import Reporting
import Studies

/// `resnet-bo suggest`: the optimiser alone, for observations made elsewhere.
struct Suggest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fit the surrogate to observations and suggest the next learning rate.")

    @Option(help: "JSON file with [{\"learning_rate\", \"loss\"}].")
    var observations: String

    @Option(help: "Fix the length scale of the surrogate instead of fitting it.")
    var lengthScale: Double?

    @Option(help: "Fix the noise level of the surrogate instead of fitting it.")
    var noiseLevel: Double?

    @Option(help: "Evenly spaced learning rates to show the surrogate at, both ends included.")
    var grid = 101

    @Option(help: "Decides the optimiser's draws.")
    var seed: UInt32 = 10

    @OptionGroup var search: SearchOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        for (flag, value) in [("--length-scale", lengthScale), ("--noise-level", noiseLevel)] {
            guard let value else { continue }
            guard value.isFinite, value >= 0 else {
                throw ValidationError("\(flag) \(value): must be a number, not negative")
            }
        }
        guard (2...1_000_000).contains(grid) else {
            throw ValidationError("--grid \(grid): must be between 2 and 1000000")
        }
    }

    func run() throws {
        var optimizer = try BayesianOptimizer(
            preset: search.preset, space: search.space(), initial: nil, seed: seed, fixedLengthScale: lengthScale,
            fixedNoiseLevel: noiseLevel)
        for observation in try readObservations() { try optimizer.tell(observation) }
        let proposal = try optimizer.ask()
        guard let surrogate = proposal.surrogate, let best = optimizer.best else {
            throw ValidationError("\(observations) holds no observation to fit a surrogate to")
        }
        let xs = (0..<grid).map { index in
            // Both ends exactly, whatever rounding does in between.
            index == grid - 1
                ? search.upper : search.lower + (search.upper - search.lower) * Double(index) / Double(grid - 1)
        }
        let predictions = try surrogate.predict(xs)
        let acquisitions = try surrogate.acquisition(xs)
        let report = Report(
            lengthScale: surrogate.lengthScale, noiseLevel: surrogate.noiseLevel,
            logMarginalLikelihood: surrogate.logMarginalLikelihood,
            grid: xs.indices.map { index in
                Report.GridPoint(
                    learningRate: xs[index], mean: predictions[index].mean, std: predictions[index].standardDeviation,
                    acquisition: acquisitions[index])
            },
            next: Report.Next(learningRate: proposal.x, acquisition: proposal.acquisition),
            best: Report.Best(learningRate: best.x, loss: best.loss))
        if output.json {
            try Console.print(JSON.encode(report))
        } else {
            try Console.print(
                """
                Surrogate: length scale \(report.lengthScale), noise level \(report.noiseLevel), \
                log marginal likelihood \(report.logMarginalLikelihood)
                Best so far: learning rate \(best.x) with loss \(best.loss)
                Next learning rate \(proposal.x)
                """)
        }
    }

    private func readObservations() throws -> [Observation] {
        struct Entry: Decodable {
            var learningRate: Double
            var loss: Double
        }
        let entries = try JSON.read([Entry].self, from: observations)
        for entry in entries {
            guard entry.learningRate.isFinite, entry.loss.isFinite else {
                throw FileError(observations, doing: "used", reason: "a number is not finite")
            }
        }
        return entries.map { Observation(x: $0.learningRate, loss: $0.loss) }
    }
}

/// The JSON of `suggest`.
private struct Report: Encodable {
    var lengthScale: Double
    var noiseLevel: Double
    var logMarginalLikelihood: Double
    var grid: [GridPoint]
    var next: Next
    var best: Best

    struct GridPoint: Encodable {
        var learningRate: Double
        var mean: Double
        var std: Double
        var acquisition: Double
    }

    struct Next: Encodable {
        var learningRate: Double
        var acquisition: Double?
    }

    struct Best: Encodable {
        var learningRate: Double
        var loss: Double
    }
}
