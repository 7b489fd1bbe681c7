import OpenCLBackend
import Testing

/// A device whose kernels last as long as the test says, by clocks that only it moves.
private final class FictitiousClocks {
    /// The resolution of the device's clock in seconds.
    let resolution: Double
    /// The growth of every duration, per second of the host's clock.
    let drift: Double
    /// The time by the host's clock in seconds.
    private(set) var now = 0.0
    /// Every measurement: the candidate, the repetitions and the measured seconds, at its time.
    private(set) var log: [(candidate: Int, repetitions: Int, seconds: Double, time: Double)] = []

    init(resolution: Double, drift: Double = 0) {
        self.resolution = resolution
        self.drift = drift
    }

    /// A candidate whose kernels last `seconds`; a step costs the host 10 ms more.
    func candidate(_ index: Int, _ seconds: Double) -> CandidateComparison.Candidate {
        { repetitions in
            let exact = Double(repetitions) * seconds * (1 + self.drift * self.now)
            let measured = (exact / self.resolution).rounded(.down) * self.resolution
            self.log.append((index, repetitions, measured, self.now))
            self.now += exact + 0.01
            return measured
        }
    }

    func shortest(of seconds: [Double?]) throws -> [Double] {
        try CandidateComparison(resolution: resolution) { self.now }.shortest(
            of: seconds.enumerated().map { index, seconds in seconds.map { candidate(index, $0) } })
    }
}

@Suite("Comparison of tile sizes")
struct CandidateComparisonTests {
    /// The default stays unless another candidate is at least 3% faster, or the default does not run.
    @Test(
        arguments: [
            ([1], 0), ([1, 0.98], 0), ([1, 0.98, 0.971, 0.99], 0), ([1, 0.96], 1), ([1, 0.96, 0.9, 0.95], 2),
            ([1, .infinity, 0.5, 0.5], 2), ([.infinity, 3, 2], 2), ([.infinity, .infinity], 0), ([0, 0], 0),
        ] as [([Double], Int)])
    func choice(seconds: [Double], expected: Int) {
        #expect(CandidateComparison.choice(seconds) == expected)
    }

    /// The measurements begin after 200 ms, take turns, and last at least 50 times the resolution of the clock.
    @Test(arguments: [1e-9, 1e-6, 8e-5])
    func measurements(resolution: Double) throws {
        let clocks = FictitiousClocks(resolution: resolution)
        let seconds = [1e-4, nil, 2.2e-5, 9.7e-5]
        let shortest = try clocks.shortest(of: seconds)
        for (found, exact) in zip(shortest, seconds) {
            if let exact { #expect(abs(found / exact - 1) <= 1.0 / 50) } else { #expect(found == .infinity) }
        }
        let measured = clocks.log.suffix(CandidateComparison.rounds * 3)
        #expect(measured.map(\.candidate) == (0..<CandidateComparison.rounds).flatMap { _ in [0, 2, 3] })
        #expect(measured.allSatisfy { $0.time >= CandidateComparison.warmUp })
        #expect(measured.allSatisfy { $0.seconds >= 50 * resolution })
        #expect(measured.contains { $0.repetitions > 1 } == (resolution > 1e-9))
    }

    /// A device that becomes slower does so for all candidates: equal ones stay equal, and no choice is made for that.
    @Test func drift() throws {
        let clocks = FictitiousClocks(resolution: 1e-9, drift: 0.5)
        let shortest = try clocks.shortest(of: [1e-4, 1e-4, 1e-4, 1e-4])
        #expect(Set(shortest).count == 4)
        #expect(CandidateComparison.choice(shortest) == 0)
        #expect(CandidateComparison.choice(try clocks.shortest(of: [1e-4, 1.1e-4, 0.9e-4])) == 2)
    }

    /// A clock that stands still ends no measurement late.
    @Test func aClockThatStandsStill() throws {
        let clocks = FictitiousClocks(resolution: 1)
        #expect(try clocks.shortest(of: [1e-9, 1e-9]) == [0, 0])
    }
}
