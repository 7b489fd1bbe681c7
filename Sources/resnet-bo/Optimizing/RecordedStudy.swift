import Datasets
import JSON
import NeuralNetwork
import Platform
import Studies
import Training

/// The record of the images of a study.
struct DataRecord: Codable, Sendable, Equatable {
    /// The folder of the images.
    var folder: String

    /// The checksum of pixels and labels, in hexadecimal digits.
    var checksum: String

    /// What is done to the pixels; `nil` for nothing.
    var normalization: Normalization?
}

/// The parts of an interrupted study's record that resuming needs.
struct RecordedStudy: Decodable {
    /// The settings that determine the outcome of a trial.
    struct Measure: Decodable, Equatable {
        /// The name of the network; `nil` in records of old versions, which had the network `seed`.
        var network: String?

        /// The layers of a network from a file; `nil` for a network with a name.
        var layers: LayerList?

        var epochs: Int
        var folds: Int
        /// `nil` in records of old versions, which could not.
        var stratify: Bool?
        var limit: Int?
        /// `nil` in records of old versions, whose learning rates were constant.
        var schedule: String?
        /// `nil` in records of old versions, which did not have it.
        var nesterov: Bool?
        var augment: String?

        /// The corresponding flags.
        fileprivate var flags: [String] {
            [
                "the network \(network ?? "seed")", "--epochs \(epochs)", "--folds \(folds)",
                stratify == true ? "--stratify" : "no --stratify", limit.map { "--limit \($0)" } ?? "no --limit",
                "--schedule \(schedule ?? LearningRateSchedule.constant.rawValue)",
                nesterov ?? false ? "--nesterov" : "no --nesterov", augment.map { "--augment \($0)" } ?? "no --augment",
            ]
        }
    }

    /// The seed; `nil` in journals of other programs.
    var seed: UInt32?
    /// The settings; `nil` in journals of other programs.
    var settings: Measure?
    var evaluations: [TrialRecord]
    /// The images; `nil` in records of old versions.
    var data: DataRecord?

    /// Reads the study of a journal.
    ///
    /// - Throws: `FileError` for attributes of another kind.
    init(_ study: JournalStudy, in path: String) throws(FileError) {
        do throws(JSONError) {
            seed = try study.userAttributes["seed"]?.decode()
            settings = try study.userAttributes["settings"]?.decode()
            data = try study.userAttributes["data"]?.decode()
            evaluations = try study.records()
        } catch {
            throw FileError(path, doing: "used", reason: error.problem)
        }
    }

    /// Reads the study that a run continues: that of the journal, or else of results without a journal; `nil` if there is
    /// none.
    static func read(_ journal: StudyJournal, results: OutputFolder) throws -> RecordedStudy? {
        if let study = journal.recorded { return try RecordedStudy(study, in: journal.path) }
        guard try InputFile.isThere(results.results), try !InputFile.isThere(results.journal) else {
            StandardError.write("There is no study in \(journal.path) to resume: a new one begins")
            return nil
        }
        StandardError.write("\(results.results) has no journal yet: its study continues in \(journal.path)")
        return try JSON.read(Self.self, from: results.results)
    }

    /// Reads the study of any file: a journal or results.
    static func read(_ path: String) throws(FileError) -> RecordedStudy {
        let contents = try InputFile.read(path)
        // Each line of a journal is an operation.
        let line = Array(contents.prefix { $0 != UInt8(ascii: "\n") })
        if let line = try? JSONValue(parsing: line), line["op_code"] != nil {
            guard let study = try StudyJournal.study(in: contents, of: path) else {
                throw FileError(path, doing: "used", reason: "it has no study")
            }
            return try RecordedStudy(study, in: path)
        }
        return try JSON.read(Self.self, from: path)
    }

    /// Throws if a trial of this run would have another outcome than in the recorded study.
    func check(_ path: String, seed: UInt32, settings: Measure, data: DataRecord) throws(FileError) {
        func refuse(_ reason: String) -> FileError { FileError(path, doing: "resumed", reason: "its study \(reason)") }
        if let known = self.seed, seed != known { throw refuse("has --seed \(known), and not \(seed)") }
        if let known = self.settings {
            for (theirs, ours) in zip(known.flags, settings.flags) where theirs != ours {
                throw refuse("has \(theirs), and this run \(ours)")
            }
            if settings.layers != known.layers { throw refuse("has other layers in its network") }
        }
        if let known = self.data, known.checksum != data.checksum {
            throw refuse(
                "is measured on other images (\(known.folder), checksum \(known.checksum)) than those in \(data.folder)"
            )
        }
        if let known = self.data, known.normalization != data.normalization {
            throw refuse("is measured on images of another normalisation (--normalize)")
        }
    }
}

/// The flags in `results.json`, by name.
struct StudySettings: Encodable, Sendable {
    var members: KeyValuePairs<String, any Encodable & Sendable>

    /// The values of the hyperparameters that are not searched.
    var defaults: [NamedValue]

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: MemberName.self)
        for (name, value) in members { try container.encode(value, forKey: MemberName(stringValue: name)) }
        for one in defaults { try container.encode(one.value, forKey: MemberName(stringValue: one.name)) }
    }
}
