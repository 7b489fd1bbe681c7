/// A complete choice of surrogate, acquisition function and answer: what ``BayesianOptimizer`` does.
///
/// ``robust`` and ``reference`` are the two values to begin with; every member may be changed.
public struct Configuration: Sendable, Equatable, Codable {
    /// What the answer to a search is.
    public enum Answer: String, Sendable, CaseIterable, Codable {
        /// The point where mean plus half a standard deviation of the loss is least, which need not have been evaluated.
        case surrogate

        /// The trial of the lowest loss.
        case bestTrial = "best-trial"
    }

    /// Priors instead of bounds, known noise, log expected improvement without noise.
    public static let robust = Configuration(
        surrogate: .robust, acquisition: .logExpectedImprovement, answer: .surrogate)

    /// What is usually built from scikit-learn and SciPy.
    ///
    /// A Gaussian process with `Matern(nu=2.5) + WhiteKernel()`, `alpha=0.01`, `normalize_y=True`, in the units of the
    /// parameters, whose hyperparameters maximise the marginal likelihood within 10⁻⁵ to 10⁵ from ten restarts; expected
    /// improvement over the lowest posterior mean at the trials, with a standard deviation that includes the white noise.
    /// Known variances are not used, points outside of the space may be told, and a search never ends by itself.
    public static let reference = Configuration(
        surrogate: .reference, acquisition: .expectedImprovement, answer: .bestTrial)

    /// Whose Gaussian process, fit and search for the next point are used.
    public let surrogate: Preset

    /// What is maximised to find the next point.
    public var acquisition: Acquisition

    /// The first point to ask for, while nothing was told or asked; without one it is drawn at random.
    public var initialPoint: [String: ParameterValue]?

    /// The length scale of every parameter, if it is not to be fitted: in units of its axis, or of the parameter itself in
    /// ``reference``.
    public var fixedLengthScale: Double?

    /// The variance of unknown noise in units of the variance of the losses that the surrogate sees, if it is not to be
    /// fitted; it may be 0.
    public var fixedNoiseLevel: Double?

    /// Whether a point may be proposed that was evaluated before.
    ///
    /// That is of use where noise differs from time to time, and never done where losses are exact.
    public var allowsRepeats = true

    /// What the answer to a search is.
    public var answer: Answer

    private init(surrogate: Preset, acquisition: Acquisition, answer: Answer) {
        self.surrogate = surrogate
        self.acquisition = acquisition
        self.answer = answer
    }

    /// - Throws: ``OptimizerError/invalidHyperparameter(name:value:requirement:)``.
    func check() throws(OptimizerError) {
        if let value = fixedLengthScale, !(value > 0 && value.isFinite) {
            throw .invalidHyperparameter(name: "length scale", value: value, requirement: "positive and finite")
        }
        if let value = fixedNoiseLevel, !(value >= 0 && value.isFinite) {
            throw .invalidHyperparameter(name: "noise level", value: value, requirement: "zero or positive, and finite")
        }
    }
}

/// The name of a configuration.
public enum Preset: String, CaseIterable, Sendable, Codable {
    /// ``Configuration/reference``.
    case reference

    /// ``Configuration/robust``.
    case robust

    /// What the name stands for.
    public var configuration: Configuration { self == .robust ? .robust : .reference }

    /// The numbers behind it.
    var settings: SurrogateSettings { self == .robust ? .robust : .reference }
}
