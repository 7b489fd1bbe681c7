package import BayesianOptimization
import Platform

/// What the surrogate said when it proposed where to evaluate next, for a plot.
///
/// Curves are drawn along one parameter. Where several are searched, they are a cut through the space.
package struct SurrogateSnapshot: Sendable {
    /// A trial that was evaluated before.
    package struct Point: Sendable, Equatable {
        /// The value of the parameter along which curves are drawn.
        package var x: Double

        /// The loss; of a pruned trial what it was expected to become.
        package var loss: Double

        /// One standard deviation of the loss; none if that is not known.
        package var error: Double?

        /// How the trial went.
        package var state: TrialRecord.State

        /// A trial that was evaluated before.
        package init(x: Double, loss: Double, error: Double? = nil, state: TrialRecord.State = .complete) {
            self.x = x
            self.loss = loss
            self.error = error
            self.state = state
        }
    }

    /// The numbers of the evaluations that were proposed, from 2: no surrogate proposes the first one.
    ///
    /// Of the snapshot after the end, the number of the evaluation that would have come next.
    package let iterations: ClosedRange<Int>

    /// What was evaluated until then.
    package let points: [Point]

    /// Where the curves are sampled, in increasing order.
    package let xs: [Double]

    /// The surrogate's mean at each of `xs`, in units of the loss.
    package let means: [Double]

    /// The surrogate's standard deviation at each of `xs`, in units of the loss.
    package let standardDeviations: [Double]

    /// The acquisition function at each of `xs`.
    package let acquisitions: [Double]

    /// The name of the acquisition function, for people.
    package let acquisitionName: String

    /// Where the trials that were proposed lie; none after the end.
    package let next: [Double]

    /// Where the study's answer lies, after the end.
    package let choice: Double?

    /// The name of the parameter along which curves are drawn, for people.
    package let axisName: String

    /// How distances along it are measured.
    package let scale: Parameter.Scale

    /// Whether they are measured by ratios.
    package var isLogarithmic: Bool { scale == .log }

    /// Where the curves cut through the space, if other parameters are searched too.
    package let cut: [NamedValue]

    /// A snapshot from its parts.
    ///
    /// - Precondition: There are as many of each quantity as of `xs`.
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

    /// Samples what a surrogate says along a parameter.
    ///
    /// - Parameters:
    ///   - iterations: The numbers of the evaluations that were proposed.
    ///   - points: What was evaluated until then.
    ///   - surrogate: The surrogate.
    ///   - axis: The parameter along which curves are drawn, a real one.
    ///   - origin: The values of the other parameters.
    ///   - next: Where the trials that were proposed lie on the axis.
    ///   - choice: Where the study's answer lies, after the end.
    ///   - cut: What a reader is told of `origin`.
    ///   - gridCount: How many points an even grid has, at least 2.
    /// - Throws: `OptimizerError` if the surrogate can't be evaluated.
    package init(
        iterations: ClosedRange<Int>, points: [Point], surrogate: Surrogate, axis: Parameter,
        origin: [String: ParameterValue], next: [Double], choice: Double?, cut: [NamedValue], gridCount: Int = 120
    ) throws(OptimizerError) {
        guard case .real(let lower, let upper, let scale) = axis.domain else {
            preconditionFailure("\(axis.name) is no real parameter")
        }
        let xs = Self.samples(
            in: lower...upper, scale, through: points.map(\.x) + next + [choice].compactMap { $0 },
            gridCount: gridCount)
        let samples = xs.map { x in origin.merging([axis.name: .real(x)]) { $1 } }
        let predictions = try surrogate.predict(samples)
        self.init(
            iterations: iterations, points: points, xs: xs, means: predictions.map(\.mean),
            standardDeviations: predictions.map(\.standardDeviation),
            acquisitions: try surrogate.acquisition(samples), acquisitionName: surrogate.acquisitionName,
            next: next, choice: choice, axisName: NamedValue.label(of: axis.name), scale: scale, cut: cut)
    }

    /// An even grid over an interval, both ends included, and some points that the curves have to go through.
    ///
    /// Grid points closer than half a step to one of those are left out: a curve through two points that nearly coincide
    /// shows the rounding errors of the surrogate as a kink.
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
        // Both ends exactly, whatever rounding does in between.
        return Set(grid.map { scale == .log ? exp($0) : $0 } + points + [range.lowerBound, range.upperBound]).sorted()
    }
}
