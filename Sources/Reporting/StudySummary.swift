package import Studies

/// The evaluations of a study as a table.
package struct StudySummary {
    private let header: [String]
    private let rows: [[String]]

    /// The table of all evaluations; an asterisk marks the best.
    ///
    /// Hyperparameters besides the learning rate have a column where they are not always the same.
    package init(_ results: StudyResults) {
        let evaluations = results.evaluations
        let varied = Self.others.filter { one in Set(evaluations.map { $0.hyperparameters[one] }).count > 1 }
        header =
            ["", "", "learning rate"] + varied.map(\.name) + ["validation loss", "accuracy", "test accuracy", ""]
        rows = evaluations.map { evaluation in
            let isBest =
                evaluation.hyperparameters == results.best?.hyperparameters && evaluation.validationLoss.isFinite
                && evaluation.state != .pruned
            let cells = Self.cells(evaluation)
            return [isBest ? "*" : "", "\(evaluation.iteration)", cells[0]]
                + varied.map { $0.text(evaluation.hyperparameters[$0]) } + cells.dropFirst()
        }
    }

    /// The lines of the table, the first of them its header.
    package var lines: [String] {
        let table = [header] + rows
        let widths = header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            let cells = zip(row, widths).map { cell, width in String(repeating: " ", count: width - cell.count) + cell }
            return cells.joined(separator: "  ").trimmingSuffix { $0 == " " }
        }
    }

    /// An evaluation in one line, for the time when it was made.
    ///
    /// - Parameter searched: What is searched besides the learning rate.
    package static func line(
        _ evaluation: Evaluation, of evaluations: Int, searched: [Hyperparameter] = []
    ) -> String {
        let cells = cells(evaluation)
        let others = searched.map { ", \($0.name) \($0.text(evaluation.hyperparameters[$0]))" }.joined()
        let state = cells[4].isEmpty ? "" : ", \(cells[4])"
        return "Evaluation \(evaluation.iteration) of \(evaluations): learning rate \(cells[0])\(others), "
            + "validation loss \(cells[1]), accuracy \(cells[2])\(state)"
    }

    /// The answer with its uncertainty, beside the best evaluation, and why a study ended early.
    package static func answer(_ results: StudyResults, searched: [Hyperparameter] = []) -> [String] {
        func line(_ what: String, _ values: Hyperparameters, _ loss: String) -> String {
            let others = searched.map { ", \($0.name) \($0.text(values[$0]))" }.joined()
            return "\(what): learning rate \(values.learningRate.formatted(significantDigits: 5))\(others), \(loss)"
        }
        func number(_ loss: Double) -> String { loss.formatted(fractionDigits: 4) }
        return [
            results.stopReason.map { "Stopped after \(results.evaluations.count) evaluations: \($0)" },
            results.best.map { best in
                let error = best.standardError.map { ", standard error \(number($0))" } ?? ""
                return line("Best evaluation", best.hyperparameters, "validation loss \(number(best.loss))\(error)")
            },
            results.recommendation.map {
                line(
                    "Recommended", $0.hyperparameters,
                    "expected validation loss \(number($0.mean)), standard deviation \(number($0.standardDeviation))")
            },
        ].compactMap { $0 }
    }

    /// What can be searched besides the learning rate.
    private static let others = Hyperparameter.allCases.filter { $0 != .learningRate }

    /// What became of an evaluation, where that is not a matter of course.
    private static func state(_ evaluation: Evaluation) -> String {
        switch evaluation.state {
        case .complete: return ""
        case .diverged: return "diverged"
        case .pruned:
            let epochs = evaluation.epochs.map { " after \($0) epoch\($0 == 1 ? "" : "s")" } ?? ""
            let forecast = evaluation.forecast.map { ", expected \($0.mean.formatted(fractionDigits: 4))" } ?? ""
            return "stopped\(epochs)\(forecast)"
        }
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
            state(evaluation),
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
