import Platform
import Reporting
import Studies

extension OutputOptions {
    /// Prints the trials of a study and its answer.
    ///
    /// - Parameter searched: The names of the searched hyperparameters, of which the first one is printed last.
    /// - Throws: ``Failure`` if no trial has a finite loss.
    func write(_ record: StudyRecord, searched: [String]) throws {
        try write(record, text: StudySummary.table(record).lines.joined(separator: "\n"))
        let others = Array(searched.dropFirst())
        guard let answer = record.answer, let first = searched.first else {
            throw Failure(
                "no learning rate gave a finite loss; the results are kept. Lower the bounds of the search (--lower, --upper)"
            )
        }
        guard !json else { return }
        for line in StudySummary.answer(record, searched: others) { try StandardOutput.write(line) }
        for name in others + [first] {
            guard let value = answer[name] else { continue }
            try StandardOutput.write("Optimal \(NamedValue.label(of: name)) \(value)")
        }
    }
}
