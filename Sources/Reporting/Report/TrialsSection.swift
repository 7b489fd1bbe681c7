import Studies

/// The table of all trials.
extension ReportSubject {
    /// The section.
    var trialsSection: HTML {
        guard !record.trials.isEmpty else {
            return .section("trials", "Trials", [.note("No trial is finished.")])
        }
        let (header, rows) = StudySummary.cells(record)
        let best = record.best?.number
        return .section(
            "trials", "Trials",
            [
                .paragraph(
                    "The loss is the mean over the folds, with the deviation of one fold; accuracies are means. The best trial is "
                        + "marked with an asterisk."),
                .table(
                    // The first column has the asterisk, and the last the outcome.
                    ["best", "number"] + header.dropFirst(2).dropLast() + ["outcome"], rows, label: "Trials",
                    classes: record.trials.map { $0.number == best ? "best" : $0.state.rawValue }),
            ])
    }
}
