import BayesianOptimization
import JSON
import Platform
import Studies

/// The record of an interrupted study.
enum RecordedStudy {
    /// Copies the record of a study with trials to `results.previous.json` beside it, before a new study replaces it.
    ///
    /// It stays where it is as well: until the first trial of the new study is finished, it can be resumed as it could before.
    static func keep(in folder: String) throws {
        /// As little as tells a study from other files, also one of another version of the program.
        struct Record: Decodable {
            struct Entry: Decodable { var iteration: Int }
            var preset: String
            var evaluations: [Entry]
        }
        let path = "\(folder)/results.json"
        let previous = "\(folder)/results.previous.json"
        guard let record = try? JSON.read(Record.self, from: path), !record.evaluations.isEmpty else { return }
        try OutputFile(previous).write(InputFile.read(path))
        let count = record.evaluations.count
        Console.note(
            "\(path) holds a study of \(count) evaluation\(count == 1 ? "" : "s"), which is kept as \(previous), since "
                + "there is no --resume")
    }

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
