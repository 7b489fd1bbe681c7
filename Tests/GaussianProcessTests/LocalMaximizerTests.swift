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
        let optimum = try #require(LocalMaximizer(bounds: [-3...3, -3...3]).maximize(from: start, Self.ridge))
        #expect(optimum.value > -1e-9)
        #expect(zip(optimum.point, [1, 1]).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test("Stops at a bound")
    func bound() throws {
        let optimum = try #require(LocalMaximizer(bounds: [-3...0.5, -3...3]).maximize(from: [-1, 2], Self.ridge))
        #expect(abs(optimum.point[0] - 0.5) < 1e-6 && abs(optimum.point[1] - 0.25) < 1e-4)
    }

    @Test("Begins within the bounds, and returns the start of a flat function")
    func flat() throws {
        let optimum = LocalMaximizer(bounds: [0...1]).maximize(from: [7]) { _ in (3, [0]) }
        #expect(optimum?.point == [1] && optimum?.value == 3)
    }

    @Test("Is never worse than the start, even with a wrong gradient")
    func wrongGradient() throws {
        let optimum = LocalMaximizer(bounds: [-1...1]).maximize(from: [0.25]) { (-$0[0] * $0[0], [$0[0]]) }
        #expect(try #require(optimum).value >= -0.0625)
    }

    @Test("A function without finite values has no maximum", arguments: [Double.nan, .infinity])
    func notFinite(value: Double) {
        #expect(LocalMaximizer(bounds: [0...1]).maximize(from: [0.5]) { _ in (value, [.nan]) }?.value.isFinite != true)
    }

    @Test("Evaluates no more than allowed")
    func evaluationLimit() {
        var evaluations = 0
        _ = LocalMaximizer(bounds: [-3...3, -3...3], evaluationLimit: 7).maximize(from: [-1.2, 1]) { point in
            evaluations += 1
            return Self.ridge(point)
        }
        #expect(evaluations == 7)
    }

    @Test("Bounds that do not differ are refused")
    func equalBounds() async {
        await #expect(processExitsWith: .failure) {
            _ = LocalMaximizer(bounds: [0...1, 2...2])
        }
    }
}
