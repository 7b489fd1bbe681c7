package import BayesianOptimization
import Platform

/// A snapshot of the surrogate at a suggestion, for a plot.
///
/// Curves are drawn along one parameter. If several parameters are searched, the curves are a cut through the space.
package struct SurrogateSnapshot: Sendable {
    /// A trial that was evaluated before.
    package struct Point: Sendable, Equatable {
        /// The value of the parameter along which curves are drawn.
        package var x: Double

        /// The loss, or the predicted loss of a pruned trial.
        package var loss: Double

        /// The standard deviation of the loss; `nil` if it is not known.
        package var error: Double?

        /// The outcome of the trial.
        package var state: TrialRecord.State

        /// Creates a point.
        package init(x: Double, loss: Double, error: Double? = nil, state: TrialRecord.State = .complete) {
            self.x = x
            self.loss = loss
            self.error = error
            self.state = state
        }
    }

    /// The numbers of the suggested evaluations, from 2 on: the first one has no surrogate.
    ///
    /// In the snapshot of the answer it is the number after the last one.
    package let iterations: ClosedRange<Int>

    /// The trials that were evaluated before.
    package let points: [Point]

    /// The values of the parameter where the curves are sampled, in increasing order.
    package let xs: [Double]

    /// The surrogate's mean at each of `xs`, in units of the loss.
    package let means: [Double]

    /// The surrogate's standard deviation at each of `xs`, in units of the loss.
    package let standardDeviations: [Double]

    /// The acquisition function at each of `xs`.
    package let acquisitions: [Double]

    /// The name of the acquisition function, for display.
    package let acquisitionName: String

    /// The values of the parameter in the suggested trials; empty in the snapshot of the answer.
    package let next: [Double]

    /// The value of the parameter in the answer; `nil` except in the snapshot of the answer.
    package let choice: Double?

    /// The name of the parameter along which curves are drawn, for display.
    package let axisName: String

    /// The scale of that parameter.
    package let scale: Parameter.Scale

    /// Whether the scale is logarithmic.
    package var isLogarithmic: Bool { scale == .log }

    /// The values of the other searched parameters, at which the curves cut through the space.
    package let cut: [NamedValue]

    /// Creates a snapshot from sampled curves.
    ///
    /// - Precondition: Every quantity has a value for each of `xs`.
    package init(
        iterations: ClosedRange<Int>, points: [Point], xs: [Double], means: [Double], standardDeviations: [Double],
        acquisitions: [Double], acquisitionName: String = "expected improvement", next: [Double],
        choice: Double? = nil, axisName: String = "learning rate", scale: Parameter.Scale = .linear,
        cut: [NamedValue] = []
    ) {
        precondition(
            [means.count, standardDeviations.count, acquisitions.count].allSatisfy { $0 == xs.count },
            "every quantity needs a value at each of the \(xs.count) points")
        self.iterations = iterations
        self.points = points
        self.xs = xs
        self.means = means
        self.standardDeviations = standardDeviations
        self.acquisitions = acquisitions
        self.acquisitionName = acquisitionName
        self.next = next
        self.choice = choice
        self.axisName = axisName
        self.scale = scale
        self.cut = cut
    }

    /// The greatest number of trials that the curves go through exactly.
    private static let pointLimit = 200

    /// Samples a surrogate along a parameter.
    ///
    /// - Parameters:
    ///   - iterations: The numbers of the suggested evaluations.
    ///   - points: The trials that were evaluated before.
    ///   - surrogate: The surrogate.
    ///   - axis: The parameter along which curves are drawn, a real one.
    ///   - origin: The values of the other parameters.
    ///   - next: The values of the parameter in the suggested trials.
    ///   - choice: The value of the parameter in the answer, only for the snapshot of the answer.
    ///   - cut: The values of `origin` to display.
    ///   - gridCount: The number of points of the even grid, at least 2.
    /// - Throws: `OptimizerError` if the surrogate can't be evaluated.
    package init(
        iterations: ClosedRange<Int>, points: [Point], surrogate: Surrogate, axis: Parameter,
        origin: [String: ParameterValue], next: [Double], choice: Double?, cut: [NamedValue], gridCount: Int = 120
    ) throws(OptimizerError) {
        guard case .real(let lower, let upper, let scale) = axis.domain else {
            preconditionFailure("\(axis.name) is no real parameter")
        }
        // With more trials the even grid is nearly as dense as they are, and each sample takes longer.
        let through = points.map(\.x).spread(Self.pointLimit)
        let xs = Self.samples(
            in: lower...upper, scale, through: through + next + [choice].compactMap { $0 },
            gridCount: gridCount)
        let samples = xs.map { x in origin.merging([axis.name: .real(x)]) { $1 } }
        let predictions = try surrogate.predict(samples)
        self.init(
            iterations: iterations, points: points, xs: xs, means: predictions.map(\.mean),
            standardDeviations: predictions.map(\.standardDeviation),
            acquisitions: try surrogate.acquisition(samples), acquisitionName: surrogate.acquisitionName,
            next: next, choice: choice, axisName: NamedValue.label(of: axis.name), scale: scale, cut: cut)
    }

    /// An even grid over an interval with both ends, and the points that the curves have to go through.
    ///
    /// Grid points closer than half a step to one of those are left out: between two points that nearly coincide,
    /// rounding errors of the surrogate would show as a kink.
    package static func samples(
        in range: ClosedRange<Double>, _ scale: Parameter.Scale, through points: [Double], gridCount: Int
    ) -> [Double] {
        func position(_ x: Double) -> Double { scale == .log ? log(x) : x }
        let (low, high) = (position(range.lowerBound), position(range.upperBound))
        let step = (high - low) / Double(gridCount - 1)
        let points = points.filter(range.contains)
        let grid = (1..<gridCount - 1).map { low + step * Double($0) }.filter { place in
            points.allSatisfy { abs(position($0) - place) >= step / 2 }
        }
        // Both ends are exact, without the rounding of the scale.
        return Set(grid.map { scale == .log ? exp($0) : $0 } + points + [range.lowerBound, range.upperBound]).sorted()
    }
}
