import Foundation
import GaussianProcess
import Testing

@Suite("The search for a local maximum")
struct LocalMaximizerTests {
    /// The negative of Rosenbrock's function, with its maximum 0 at (1, 1) at the end of a curved ridge.
    static func ridge(_ point: [Double]) -> (value: Double, gradient: [Double]) {
        let (x, y) = (point[0], point[1])
        let bend = y - x * x
        return (-(1 - x) * (1 - x) - 100 * bend * bend, [2 * (1 - x) + 400 * bend * x, -200 * bend])
    }

    @Test("Follows a curved ridge", arguments: [[-1.2, 1.0], [0.0, 0.0], [2.0, -2.0], [1.0, 1.0]])
    func ridge(start: [Double]) throws {
        let optimum = try LocalMaximizer(bounds: [-3...3, -3...3]).maximize(from: start, Self.ridge)
        #expect(optimum.value > -1e-9)
        #expect(zip(optimum.point, [1, 1]).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test("Stops at a bound")
    func bound() throws {
        let optimum = try LocalMaximizer(bounds: [-3...0.5, -3...3]).maximize(from: [-1, 2], Self.ridge)
        #expect(abs(optimum.point[0] - 0.5) < 1e-6 && abs(optimum.point[1] - 0.25) < 1e-4)
    }

    @Test("Begins within the bounds, and stays where it is flat")
    func flat() throws {
        let optimum = try LocalMaximizer(bounds: [0...1]).maximize(from: [7]) { _ in (3, [0]) }
        #expect(optimum.point == [1] && optimum.value == 3)
    }

    @Test("Is never worse than the start, even with a wrong gradient")
    func wrongGradient() throws {
        let optimum = try LocalMaximizer(bounds: [-1...1]).maximize(from: [0.25]) { (-$0[0] * $0[0], [$0[0]]) }
        #expect(optimum.value >= -0.0625)
    }

    @Test("Passes on what the function throws")
    func failure() {
        struct Failure: Error {}
        var evaluations = 0
        #expect(throws: Failure.self) {
            try LocalMaximizer(bounds: [0...1]).maximize(from: [0.5]) { point in
                evaluations += 1
                if evaluations == 2 { throw Failure() }
                return (point[0] * point[0], [2 * point[0]])
            }
        }
        #expect(evaluations == 2)
    }

    @Test("Evaluates no more than allowed")
    func evaluationLimit() throws {
        var evaluations = 0
        _ = try LocalMaximizer(bounds: [-3...3, -3...3], evaluationLimit: 7).maximize(from: [-1.2, 1]) { point in
            evaluations += 1
            return Self.ridge(point)
        }
        #expect(evaluations == 7)
    }

    @Test("Bounds without room are refused")
    func noRoom() async {
        await #expect(processExitsWith: .failure) {
            _ = LocalMaximizer(bounds: [0...1, 2...2])
        }
    }
}
