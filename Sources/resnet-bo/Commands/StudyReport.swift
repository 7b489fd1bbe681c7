import ArgumentParser
import Platform
import Reporting
import Studies

/// `resnet-bo report` shows a recorded study.
struct StudyReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Show a recorded study: its trials and its answer.",
        discussion:
            "The study may be running, and may be one of Optuna. Nothing is trained, and the file is not changed.")

    @Option(help: "The journal: study.log of 'optimize', or a journal of Optuna.", transform: OptionValue.name)
    var study: String

    @Option(
        help: "Draw optimization_plots.png and optimization_plots.svg into this folder, which is created if needed.",
        transform: OptionValue.name)
    var plots: String?

    @OptionGroup var format: OutputOptions

    func run() throws {
        let recorded: Study
        do {
            guard let journal = try StudyJournal.study(in: InputFile.read(study), of: study) else {
                throw FileError(study, doing: "used", reason: "it has no study")
            }
            recorded = try Study.replay(journal)
        } catch let error as FileError {
            throw error
        } catch {
            throw FileError(study, doing: "used", reason: "\(error)")
        }
        if let plots {
            try Folder.make(plots)
            let writer = PlotWriter(folder: plots) { StandardError.write($0) }
            writer.update(recorded.snapshots)
            writer.finish()
        }
        try format.write(recorded.record, searched: recorded.searchedNames)
    }
}
