import BayesianOptimization
import Foundation
import Studies
import Testing

/// The samples of the curves of a plot.
@Suite struct SurrogateSnapshotTests {
    private static let range = 0.001...0.9

    /// Without points it is NumPy's `linspace` or `geomspace`.
    @Test(arguments: [Parameter.Scale.linear, .log])
    func grid(scale: Parameter.Scale) {
        let xs = SurrogateSnapshot.samples(in: Self.range, scale, through: [], gridCount: 120)
        #expect(xs.count == 120)
        for (index, x) in xs.enumerated() {
            let part = Double(index) / 119
            let expected = scale == .log ? 0.001 * pow(900, part) : 0.001 + 0.899 * part
            #expect(abs(x - expected) <= 1e-14 * expected)
        }
    }

    /// Curves go through all points and both ends, and have no other two samples that are close together, or two steps apart.
    @Test(arguments: [Parameter.Scale.linear, .log], [1, 2, 10, 100])
    func points(scale: Parameter.Scale, count: Int) {
        let points = (0..<count).map { index in
            // The points are anywhere, next to another one, and at both ends.
            switch index % 4 {
            case 0: 0.001 * pow(900, (0.618 * Double(index + 1)).truncatingRemainder(dividingBy: 1))
            case 1: 0.4 + 1e-12 * Double(index)
            case 2: Self.range.lowerBound
            default: Self.range.upperBound
            }
        }
        func position(_ x: Double) -> Double { scale == .log ? log(x) : x }
        let step = (position(0.9) - position(0.001)) / 119
        // Points outside of the range are left out.
        let xs = SurrogateSnapshot.samples(
            in: Self.range, scale, through: points + [0.0001, 1, .nan], gridCount: 120)
        let given = Set(points + [0.001, 0.9])
        #expect(given.isSubset(of: xs))
        #expect(xs.first == 0.001 && xs.last == 0.9)
        #expect(zip(xs, xs.dropFirst()).allSatisfy(<))
        for (x, next) in zip(xs, xs.dropFirst()) {
            let gap = position(next) - position(x)
            #expect(gap < 2 * step)
            // The ends are always included.
            let isGrid = !given.contains(x) || !given.contains(next)
            #expect(!isGrid || gap > 0.5 * step - 1e-12, "\(x) and \(next), points \(points)")
        }
    }

    /// The curves are those of the surrogate along one parameter, at the given values of the others.
    @Test func curves() throws {
        let space = try ParameterSpace([
            Parameter("learning_rate", .real(lower: 0.001, upper: 0.9, scale: .log)),
            Parameter("depth", .integer(lower: 1, upper: 8, scale: .linear)),
        ])
        var optimizer = try BayesianOptimizer(space: space, seed: 1)
        for (rate, depth, loss) in [(0.01, 2, 0.5), (0.1, 4, 0.3), (0.5, 7, 0.6)] {
            let point: [String: ParameterValue] = ["learning_rate": .real(rate), "depth": .integer(depth)]
            try optimizer.tell([Trial(point, .complete(loss: loss, variance: 1e-4))])
        }
        let surrogate = try #require(try optimizer.surrogate())
        let snapshot = try SurrogateSnapshot(
            iterations: 4...4, points: [.init(x: 0.01, loss: 0.5)], surrogate: surrogate, axis: space.parameters[0],
            origin: ["depth": .integer(4)], next: [0.2], choice: nil, cut: [], gridCount: 20)
        #expect(snapshot.xs.contains(0.01) && snapshot.xs.contains(0.2) && snapshot.isLogarithmic)
        #expect(snapshot.axisName == "learning rate" && snapshot.acquisitionName == surrogate.acquisitionName)
        for (index, x) in snapshot.xs.enumerated() {
            let point: [String: ParameterValue] = ["learning_rate": .real(x), "depth": .integer(4)]
            let (mean, deviation) = try surrogate.predict([point])[0]
            #expect(snapshot.means[index] == mean && snapshot.standardDeviations[index] == deviation)
            #expect(try snapshot.acquisitions[index] == surrogate.acquisition([point])[0])
        }
    }
}
