/// The choice of surrogate, acquisition function and answer of a ``BayesianOptimizer``.
///
/// Start with ``robust`` or ``reference``, and change any member but ``surrogate``.
public struct Configuration: Sendable, Equatable, Codable {
    /// The kinds of answer to a search.
    public enum Answer: String, Sendable, CaseIterable, Codable {
        /// The point where mean plus half a standard deviation of the loss is least, which need not have been evaluated.
        case surrogate

        /// The trial of the lowest loss.
        case bestTrial = "best-trial"
    }

    /// The default: priors instead of bounds, known noise, and log expected improvement of the noise-free posterior.
    public static let robust = Configuration(
        surrogate: .robust, acquisition: .logExpectedImprovement, answer: .surrogate)

    /// The usual optimiser built from scikit-learn and SciPy.
    ///
    /// A Gaussian process with `Matern(nu=2.5) + WhiteKernel()`, `alpha=0.01`, `normalize_y=True`, in the units of the
    /// parameters, whose hyperparameters maximise the marginal likelihood within 10⁻⁵ to 10⁵ from ten restarts;
    /// expected improvement over the lowest posterior mean at the trials, with a standard deviation that includes the
    /// white noise. Known variances are not used, trials may lie outside of the space, and
    /// ``BayesianOptimizer/stopReason()`` is always `nil`.
    public static let reference = Configuration(
        surrogate: .reference, acquisition: .expectedImprovement, answer: .bestTrial)

    /// The preset whose Gaussian process, fit and search for the next point are used.
    public let surrogate: Preset

    /// The acquisition function, which the next point maximises.
    public var acquisition: Acquisition

    /// The first point to suggest while there are no trials; with `nil` it is drawn at random.
    public var initialPoint: [String: ParameterValue]?

    /// The length scale of every parameter, in units of its axis, or of the parameter itself in ``reference``; with
    /// `nil` it is fitted.
    public var fixedLengthScale: Double?

    /// The variance of unknown noise, in units of the variance of the transformed losses; it may be 0, and with `nil`
    /// it is fitted.
    public var fixedNoiseLevel: Double?

    /// Whether a point may be suggested that was evaluated before.
    ///
    /// Repeated evaluations average noise. Where losses are exact, a point is never suggested twice. If no parameter is real,
    /// ``robust`` repeats a point only after losses with known noise, after different losses at the same point, or when no other
    /// point is left.
    public var allowsRepeats = true

    /// Whether the losses of trials outside of the space are learned from; otherwise such trials are refused.
    ///
    /// No point outside is suggested or recommended. A number that is outside by rounding only counts as inside.
    /// ``reference`` always learns from such trials, and may have one as its best.
    public var allowsOutside = false

    /// The kind of answer to a search.
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

    /// The configuration of that name.
    public var configuration: Configuration { self == .robust ? .robust : .reference }

    /// The assumptions and the effort of that preset.
    var settings: SurrogateSettings { self == .robust ? .robust : .reference }
}
