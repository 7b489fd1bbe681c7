import BayesianOptimization
package import Studies

/// The text of a study's results.
package enum StudySummary {
    /// The table of all trials, with an asterisk at the best one.
    package static func table(_ record: StudyRecord) -> Table {
        let (header, rows) = cells(record)
        return Table(header, rows)
    }

    /// The cells of the table of all trials.
    ///
    /// The first hyperparameter has a column, and so have the others whose values differ.
    static func cells(_ record: StudyRecord) -> (header: [String], rows: [[String]]) {
        let trials = record.trials
        let names = (trials.first?.parameters ?? []).map(\.name)
        let shown = names.enumerated().filter { index, name in
            index == 0 || Set(trials.map { $0.parameters[name] }).count > 1
        }.map(\.element)
        let header = ["", ""] + shown.map(NamedValue.label) + ["validation loss", "accuracy", "test accuracy", ""]
        let best = record.best
        let rows = trials.map { trial in
            let isBest = trial.parameters == best?.parameters && trial.canBeBest
            let values = shown.enumerated().map { text(trial.parameters[$1], isFirst: $0 == 0) }
            return [isBest ? "*" : "", "\(trial.number)"] + values + cells(trial)
        }
        return (header, rows)
    }

    /// A finished trial as one line.
    ///
    /// - Parameter searched: The names of the searched hyperparameters besides the first.
    package static func line(_ trial: TrialRecord, of trials: Int, searched: [String] = []) -> String {
        if trial.state == .lost {
            return "Evaluation \(trial.number) of \(trials): \(words(trial.parameters, searched)), lost"
        }
        let cells = cells(trial)
        let state = cells[3].isEmpty ? "" : ", \(cells[3])"
        return "Evaluation \(trial.number) of \(trials): \(words(trial.parameters, searched)), "
            + "validation loss \(cells[0]), accuracy \(cells[1])\(state)"
    }

    /// The answer with its uncertainty, the best trial, and the reason of an early end.
    package static func answer(_ record: StudyRecord, searched: [String] = []) -> [String] {
        func number(_ loss: Double) -> String { loss.formatted(fractionDigits: 4) }
        return [
            record.stopReason.map { "Stopped after \(record.trials.count) evaluations: \($0)" },
            record.best.map { best in
                let error = best.standardError.map { ", standard error \(number($0))" } ?? ""
                return "Best evaluation: \(words(best.parameters, searched)), "
                    + "validation loss \(number(best.validationLoss))\(error)"
            },
            record.recommendation.map {
                "Recommended: \(words($0.parameters, searched)), "
                    + "expected validation loss \(number($0.mean)), standard deviation \(number($0.standardDeviation))"
            },
        ].compactMap { $0 }
    }

    /// The answer and the table of all trials in Markdown, for Optuna's dashboard.
    ///
    /// - Parameter searched: The names of the searched hyperparameters besides the first.
    package static func markdown(_ record: StudyRecord, searched: [String] = []) -> String {
        let answer = answer(record, searched: searched).map { "- \($0)" }
        return (["# Study", ""] + answer + ["", "```"] + table(record).lines + ["```", ""]).joined(separator: "\n")
    }

    /// The first hyperparameter and the searched ones, with their values.
    private static func words(_ parameters: [NamedValue], _ searched: [String]) -> String {
        parameters.enumerated().filter { $0 == 0 || searched.contains($1.name) }
            .map { "\($1.label) \(text($1.value, isFirst: $0 == 0))" }.joined(separator: ", ")
    }

    /// A value for display: that of the first hyperparameter has no power of ten.
    private static func text(_ value: ParameterValue?, isFirst: Bool) -> String {
        if isFirst, case .real(let number)? = value { return number.formatted(significantDigits: 5) }
        return value?.formattedShort(significantDigits: 4) ?? ""
    }

    /// The outcome of a trial that was stopped or diverged; empty for a complete one.
    private static func state(_ trial: TrialRecord) -> String {
        switch trial.state {
        case .complete: return ""
        case .diverged: return "diverged"
        case .lost: return "lost"
        case .pruned:
            let epochs = trial.outcome.epochs.map { " after \($0) epoch\($0 == 1 ? "" : "s")" } ?? ""
            let forecast = trial.forecast.map { ", expected \($0.mean.formatted(fractionDigits: 4))" } ?? ""
            return "stopped\(epochs)\(forecast)"
        }
    }

    /// The loss with its deviation over the folds, the accuracies and the outcome.
    private static func cells(_ trial: TrialRecord) -> [String] {
        if trial.state == .lost { return ["", "", "", state(trial)] }
        let folds = trial.folds
        let deviation = folds.standardDeviation(of: \.validationLoss).map { " ± " + $0.formatted(fractionDigits: 4) }
        func percent(_ quantity: (TrialRecord.FoldOutcome) -> Double) -> String {
            (100 * folds.mean(of: quantity)).formatted(fractionDigits: 2) + " %"
        }
        return [
            trial.validationLoss.formatted(fractionDigits: 4) + (deviation ?? ""), percent(\.validationAccuracy),
            percent(\.testAccuracy), state(trial),
        ]
    }
}

extension ParameterValue {
    /// The value with about so many significant digits, and with a power of ten if that is shorter.
    func formattedShort(significantDigits: Int) -> String {
        if case .real(let number) = self {
            number.formattedShort(significantDigits: significantDigits)
        } else {
            "\(self)"
        }
    }
}
