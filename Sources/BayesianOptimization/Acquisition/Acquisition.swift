/// The acquisition function of an optimiser, which the next point maximises.
public enum Acquisition: String, CaseIterable, Sendable, Codable {
    /// The logarithm of the expected improvement over the best (S. Ament et al., arXiv 2310.20708), in units of the
    /// transformed loss.
    case logExpectedImprovement = "log-ei"

    /// The expected improvement over the best, in units of the loss.
    case expectedImprovement = "ei"

    /// Two standard deviations minus the mean, in units of the transformed loss.
    case lowerConfidenceBound = "lcb"

    /// The logarithm of the probability of being better than the best.
    case probabilityOfImprovement = "pi"

    /// The name of the function, as the label of a plot's axis.
    public var name: String {
        switch self {
        case .logExpectedImprovement: "log expected improvement"
        case .expectedImprovement: "expected improvement"
        case .lowerConfidenceBound: "minus lower confidence bound"
        case .probabilityOfImprovement: "log probability of improvement"
        }
    }
}
