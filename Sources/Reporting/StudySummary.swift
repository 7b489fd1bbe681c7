package import Studies

/// The evaluations of a study as a table.
package struct StudySummary {
    /// The names of the columns.
    private static let header = ["", "", "learning rate", "validation loss", "accuracy", "test accuracy", ""]

    private let rows: [[String]]

    /// The table of all evaluations; an asterisk marks the best.
    package init(_ results: StudyResults) {
        rows = results.evaluations.map { evaluation in
            let isBest = evaluation.learningRate == results.best?.learningRate && evaluation.validationLoss.isFinite
            return [isBest ? "*" : "", "\(evaluation.iteration)"] + Self.cells(evaluation)
        }
    }

    /// The lines of the table, the first of them its header.
    package var lines: [String] {
        let table = [Self.header] + rows
        let widths = Self.header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            let cells = zip(row, widths).map { cell, width in String(repeating: " ", count: width - cell.count) + cell }
            return cells.joined(separator: "  ").trimmingSuffix { $0 == " " }
        }
    }

    /// An evaluation in one line, for the time when it was made.
    package static func line(_ evaluation: Evaluation, of evaluations: Int) -> String {
        let cells = cells(evaluation)
        let state = cells[4].isEmpty ? "" : ", \(cells[4])"
        return "Evaluation \(evaluation.iteration) of \(evaluations): learning rate \(cells[0]), validation loss "
            + "\(cells[1]), accuracy \(cells[2])\(state)"
    }

    /// Learning rate, loss with its deviation over the folds, accuracies, state.
    private static func cells(_ evaluation: Evaluation) -> [String] {
        let folds = evaluation.folds
        let deviation = folds.standardDeviation(of: \.validationLoss).map { " ± " + $0.formatted(fractionDigits: 4) }
        func percent(_ quantity: (FoldOutcome) -> Double) -> String {
            (100 * folds.mean(of: quantity)).formatted(fractionDigits: 2) + " %"
        }
        return [
            evaluation.learningRate.formatted(significantDigits: 5),
            evaluation.validationLoss.formatted(fractionDigits: 4) + (deviation ?? ""),
            percent(\.validationAccuracy), percent(\.testAccuracy),
            evaluation.state == .diverged ? "diverged" : "",
        ]
    }
}

extension String {
    /// Without the characters at its end that satisfy a condition.
    fileprivate func trimmingSuffix(_ condition: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, condition(last) { text.removeLast() }
        return text
    }
}
