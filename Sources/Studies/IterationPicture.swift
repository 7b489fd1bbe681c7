import BayesianOptimization
import Glibc

/// What the optimiser saw when it proposed where to evaluate next, for a plot.
///
/// Where more than the learning rate is searched, the curves are a cut through the space: the other hyperparameters are those
/// of the first point that was proposed.
package struct IterationPicture: Sendable {
    /// A hyperparameter besides the learning rate, and its value along the curves.
    package struct Cut: Sendable, Equatable {
        /// Which one.
        package var hyperparameter: Hyperparameter

        /// Its value.
        package var value: Double

        /// A hyperparameter with its value.
        package init(_ hyperparameter: Hyperparameter, _ value: Double) {
            self.hyperparameter = hyperparameter
            self.value = value
        }
    }

    /// A trial that was made before.
    package struct Point: Sendable, Equatable {
        /// The learning rate.
        package var x: Double

        /// The loss; of a pruned trial what it was expected to become.
        package var loss: Double

        /// How far the loss may be off, from the noise of the folds or of the expectation; none if that is not known.
        package var error: Double?

        /// How the trial went.
        package var state: Evaluation.State

        /// A trial that was made before.
        package init(x: Double, loss: Double, error: Double? = nil, state: Evaluation.State = .complete) {
            self.x = x
            self.loss = loss
            self.error = error
            self.state = state
        }

        /// A trial as it was recorded.
        package init(_ evaluation: Evaluation) {
            self.init(
                x: evaluation.learningRate, loss: evaluation.forecast?.mean ?? evaluation.validationLoss,
                error: evaluation.forecast?.std ?? evaluation.standardError, state: evaluation.state)
        }
    }

    /// The numbers of the evaluations that were proposed, from 2: the first one follows from no model.
    ///
    /// Of the picture after the end, the number of the evaluation that would have come next.
    package let iterations: ClosedRange<Int>

    /// What was evaluated until then.
    package let points: [Point]

    /// Where the curves are given, in increasing order.
    ///
    /// An even grid over the search space and all observed points, with the proposed ones, so that the curves go through them.
    package let xs: [Double]

    /// The surrogate's mean at each of `xs`.
    package let means: [Double]

    /// The surrogate's standard deviation at each of `xs`.
    package let standardDeviations: [Double]

    /// The acquisition function at each of `xs`.
    package let acquisitions: [Double]

    /// What the acquisition function is called.
    package let acquisitionName: String

    /// The learning rates that were proposed; none after the end.
    package let next: [Double]

    /// The study's answer, after the end.
    package let choice: Double?

    /// How distances along the learning rates are measured.
    package let scale: Scale

    /// Where the curves cut through the space, if more than the learning rate is searched.
    package let cut: [Cut]

    /// A picture from its parts.
    ///
    /// - Precondition: There are as many of each quantity as of `xs`.
    package init(
        iterations: ClosedRange<Int>, points: [Point], xs: [Double], means: [Double], standardDeviations: [Double],
        acquisitions: [Double], acquisitionName: String = "expected improvement", next: [Double],
        choice: Double? = nil, scale: Scale = .linear, cut: [Cut] = []
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
        self.scale = scale
        self.cut = cut
    }

    /// Samples what a surrogate says.
    ///
    /// - Parameters:
    ///   - iterations: The numbers of the evaluations that were proposed.
    ///   - evaluations: What was evaluated until then.
    ///   - surrogate: The surrogate.
    ///   - next: What was proposed.
    ///   - choice: The study's answer, after the end.
    ///   - learningRates: The search space along the learning rate.
    ///   - gridCount: How many points the even grid has.
    /// - Throws: `OptimizerError` if the surrogate can't be evaluated.
    init(
        iterations: ClosedRange<Int>, evaluations: [Evaluation], surrogate: any SearchSurrogate,
        next: [Hyperparameters], choice: Hyperparameters?, learningRates: ClosedRange<Double>, gridCount: Int = 401
    ) throws(OptimizerError) {
        let (lower, upper) = (learningRates.lowerBound, learningRates.upperBound)
        let grid = (0..<gridCount).map { index in
            let part = Double(index) / Double(gridCount - 1)
            // Both ends exactly, whatever rounding does in between.
            if index == 0 || index == gridCount - 1 { return index == 0 ? lower : upper }
            return surrogate.scale == .log
                ? lower * pow(upper / lower, part) : lower * (1 - part) + upper * part
        }
        let points = evaluations.map(Point.init)
        let xs = Set(grid + points.map(\.x) + next.map(\.learningRate) + [choice?.learningRate].compactMap { $0 })
            .sorted()
        let origin = next.first ?? choice ?? evaluations[0].hyperparameters
        let samples = xs.map { x in
            var sample = origin
            sample.learningRate = x
            return sample
        }
        let predictions = try surrogate.predict(samples)
        self.init(
            iterations: iterations, points: points, xs: xs, means: predictions.map(\.mean),
            standardDeviations: predictions.map(\.standardDeviation),
            acquisitions: try surrogate.acquisition(samples), acquisitionName: surrogate.acquisitionName,
            next: next.map(\.learningRate), choice: choice?.learningRate, scale: surrogate.scale,
            cut: surrogate.others.map { Cut($0, origin[$0]) })
    }
}
