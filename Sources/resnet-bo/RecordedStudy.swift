import BayesianOptimization
import Studies

/// The record of an interrupted study.
enum RecordedStudy {
    private struct Record: Decodable {
        var preset: String
        var seed: UInt32
        var settings: Optimize.Settings
        var evaluations: [Evaluation]
    }

    /// The evaluations in a file, if the study was begun with the same flags; another number of evaluations is fine.
    static func read(_ path: String, settings: Optimize.Settings, of flags: Optimize) throws -> [Evaluation] {
        let record = try JSON.read(Record.self, from: path)
        var theirs = record.settings
        theirs.evaluations = settings.evaluations
        guard theirs == settings, record.seed == flags.training.seed, record.preset == flags.search.preset.rawValue
        else {
            throw FileError(
                path, doing: "resumed", reason: "its study was begun with other flags; its settings list them")
        }
        return record.evaluations
    }
}
