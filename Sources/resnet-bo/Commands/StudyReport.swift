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

    @Option(
        help: ArgumentHelp("Write the report as one page of HTML.", valueName: "file"), transform: OptionValue.name)
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Write event files of TensorBoard into this folder, which is created if needed.", valueName: "folder"),
        transform: OptionValue.name)
    var tensorboard: String?

    @OptionGroup var format: OutputOptions

    func run() throws {
        let file = try output.map(OutputFile.init)
        if let plots { try Folder.make(plots) }
        if let tensorboard { try Folder.make(tensorboard) }
        let (recorded, journal) = try read()
        if let tensorboard {
            let events = try TensorBoardWriter(tensorboard, space: recorded.space)
            for trial in recorded.record.trials { try events.write(trial) }
        }
        if let plots {
            let writer = PlotWriter(folder: plots) { StandardError.write($0) }
            writer.update(recorded.snapshots)
            writer.finish()
        }
        if let file { try ReportFile.write(ReportSubject(recorded, journal: journal), to: file) }
        try format.write(recorded.record, searched: recorded.searchedNames)
    }

    /// The study of the journal, replayed.
    private func read() throws -> (Study, JournalStudy) {
        do {
            guard let journal = try StudyJournal.study(in: InputFile.read(study), of: study) else {
                throw FileError(study, doing: "used", reason: "it has no study")
            }
            // A page has few drawings of iterations, and each needs a fit of the surrogate.
            let snapshots: ReplayedSnapshots =
                plots != nil ? .last : output != nil ? .spread(ReportSubject.iterationLimit) : .none
            return (try Study.replay(journal, snapshots: snapshots), journal)
        } catch let error as FileError {
            throw error
        } catch {
            throw FileError(study, doing: "used", reason: "\(error)")
        }
    }
}
