package import BayesianOptimization
import JSON
import Platform
import Studies

/// The report of a study: one page of HTML without scripts and without addresses.
///
/// Drawings are made by gnuplot; where it is missing, the page has the texts and tables, and says so.
package struct StudyPage: Sendable {
    /// The page, in UTF-8.
    package let text: String

    /// Why drawings are missing, each once; empty if none is.
    package let complaints: [String]

    /// Makes the page.
    ///
    /// - Throws: `OptimizerError.surrogateFailed(reason:)`.
    package init(of subject: ReportSubject, gnuplot: Gnuplot = Gnuplot()) throws(OptimizerError) {
        var printer = FigurePrinter(gnuplot)
        let sections = [
            subject.answerSection, subject.iterationsSection(&printer), subject.curvesSection(&printer),
            subject.leftOutSection(&printer), subject.trialsSection, try subject.parametersSection(&printer),
            subject.finalModelSection, subject.settingsSection, subject.dataSection,
        ]
        complaints = printer.complaints
        let title = "Report of the study\(subject.name.map { " \($0)" } ?? "")"
        var beginning = [HTML.element("h1", [:], title)]
        beginning.append(
            .element(
                "p", ["class": "soft"],
                "Made by resnet-bo \(Version.current). Losses are means over the validation samples."))
        beginning += printer.complaints.map { .note("Drawings are missing: \($0).") }
        if subject.record.trials.count > ReportSubject.markLimit {
            beginning.append(
                .note(
                    "Drawings of more than \(ReportSubject.markLimit) trials of a kind have an even choice of them. Tables and JSON have all."
                ))
        }
        beginning.append(Self.contents(hasParameters: subject.space.parameters.count > 1))
        let head = HTML.element(
            "head", [:],
            [
                .element("meta", ["charset": "utf-8"], []),
                .element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"], []),
                .element("title", [:], title), .style(PageStyle.rules),
            ])
        let page = HTML.element(
            "html", ["lang": "en"],
            [
                head,
                .element(
                    "body", [:], [.element("header", [:], beginning), .element("main", [:], sections)]),
            ])
        text = "<!DOCTYPE html>\n\(page.markup)\n"
    }

    /// Links to the sections.
    private static func contents(hasParameters: Bool) -> HTML {
        let sections = [
            ("answer", "Answer"), ("iterations", "Iterations"), ("curves", "Learning curves"),
            ("left-out", "Left-out predictions"),
            ("trials", "Trials"), ("parameters", "Hyperparameters"), ("model", "Final model"), ("settings", "Settings"),
            ("data", "JSON"),
        ].filter { hasParameters || $0.0 != "parameters" }
        return .element(
            "nav", ["aria-label": "Sections"], sections.map { .element("a", ["href": "#\($0)"], $1) })
    }
}

extension ReportSubject {
    /// The study as JSON, as `results.json` has it.
    fileprivate var dataSection: HTML {
        // Encoding fails for no record: all numbers and texts have a form in JSON.
        // Members are in the order of their names, because those of a replayed study have no other order.
        let text = (try? JSON.encode(JSONValue(encoding: record), layout: .line)) ?? ""
        return .section(
            "data", "The study as JSON",
            [
                .paragraph("The members of results.json, in one line."),
                .element("details", [:], [.element("summary", [:], "Show"), .element("pre", ["id": "json"], text)]),
            ])
    }
}
