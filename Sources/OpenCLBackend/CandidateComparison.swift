/// The rules by which the tuner measures candidates and takes one of them.
///
/// The candidates are measured in turn, so that a device that becomes slower or faster in the meantime does so for all.
package struct CandidateComparison {
    /// The time for which the candidates run before they are measured, in seconds: the clocks of an idle device are low.
    package static let warmUp = 0.2
    /// The measurements of each candidate, of which the shortest counts.
    package static let rounds = 8
    /// The least duration of a measurement, in units of the resolution of the device's clock.
    package static let leastResolutions = 50.0
    /// The share by which a candidate has to be faster than the default to replace it.
    package static let improvement = 0.03
    /// The most repetitions in a measurement, for a device whose clock stands still.
    private static let mostRepetitions = 1 << 10

    /// Runs the kernels of a candidate some times; returns their duration by the device's clock, in seconds.
    package typealias Candidate = (_ repetitions: Int) throws -> Double

    private let resolution: Double
    private let now: () -> Double

    /// - Parameters:
    ///   - resolution: the resolution of the device's clock in seconds.
    ///   - now: the time by the host's clock in seconds, from any beginning.
    package init(resolution: Double, now: @escaping () -> Double) {
        self.resolution = resolution
        self.now = now
    }

    /// The shortest duration of one repetition of each candidate, in seconds; infinite for a candidate that does not run.
    ///
    /// - Parameter candidates: nil for a candidate that does not run.
    package func shortest(of candidates: [Candidate?]) throws -> [Double] {
        let running = candidates.indices.filter { candidates[$0] != nil }
        func seconds(_ index: Int, _ repetitions: Int) throws -> Double {
            try candidates[index]?(repetitions) ?? .infinity
        }
        let start = now()
        repeat {
            for index in running { _ = try seconds(index, 1) }
        } while !running.isEmpty && now() - start < Self.warmUp

        var repetitions = Array(repeating: 1, count: candidates.count)
        for index in running {
            while repetitions[index] < Self.mostRepetitions,
                try seconds(index, repetitions[index]) < Self.leastResolutions * resolution
            {
                repetitions[index] *= 2
            }
        }
        var shortest = Array(repeating: Double.infinity, count: candidates.count)
        for _ in 0..<Self.rounds {
            for index in running {
                let count = repetitions[index]
                shortest[index] = min(shortest[index], try seconds(index, count) / Double(count))
            }
        }
        return shortest
    }

    /// The index of the candidate to take: the fastest if it is enough faster than the default, which is the first.
    package static func choice(_ seconds: [Double]) -> Int {
        guard let fastest = seconds.indices.min(by: { seconds[$0] < seconds[$1] }) else { return 0 }
        return seconds[fastest] < (1 - improvement) * seconds[0] ? fastest : 0
    }
}
