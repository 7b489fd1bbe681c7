import Studies

extension TrialRecord.State {
    /// The outcomes with a mark: a lost trial has no loss.
    static let drawn = allCases.filter { $0 != .lost }

    /// The text in the legend.
    var name: String {
        switch self {
        case .complete: "evaluated"
        case .pruned: "stopped early"
        case .diverged: "diverged"
        case .lost: "lost"
        }
    }

    /// The number of gnuplot's point type: a cross, an empty circle, an empty triangle that points down.
    var pointType: Int {
        switch self {
        case .complete: 2
        case .pruned: 6
        case .diverged: 10
        case .lost: 1
        }
    }
}
