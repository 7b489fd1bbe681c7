import Platform
import Reporting

/// The report of a study as a file.
enum ReportFile {
    /// Makes a report and writes it; a drawing that is missing is a warning.
    static func write(_ subject: ReportSubject, to file: OutputFile) throws {
        let page = try StudyPage(of: subject)
        for complaint in page.complaints { StandardError.write("the report lacks drawings: \(complaint)") }
        try file.write(page.text)
    }
}
