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

    var seed: UInt32
    var settings: Measure
    var evaluations: [TrialRecord]
    /// The images; `nil` in records of old versions.
    var data: DataRecord?

    /// Reads the record in an output folder; `nil` if there is none.
    static func read(_ path: String) throws -> RecordedStudy? {
        guard try InputFile.isThere(path) else {
            StandardError.write("There is no study in \(path) to resume: a new one begins")
            return nil
        }
        return try JSON.read(Self.self, from: path)
    }

    /// Throws if a trial of this run would have another outcome than in the recorded study.
    func check(_ path: String, seed: UInt32, settings: Measure, data: DataRecord) throws(FileError) {
        func refuse(_ reason: String) -> FileError { FileError(path, doing: "resumed", reason: "its study \(reason)") }
        if seed != self.seed { throw refuse("has --seed \(self.seed), and not \(seed)") }
        for (theirs, ours) in zip(self.settings.flags, settings.flags) where theirs != ours {
            throw refuse("has \(theirs), and this run \(ours)")
        }
        if settings.layers != self.settings.layers { throw refuse("has other layers in its network") }
        if let known = self.data, known.checksum != data.checksum {
            throw refuse(
                "is measured on other images (\(known.folder), checksum \(known.checksum)) than those in \(data.folder)"
            )
        }
        if let known = self.data, known.normalization != data.normalization {
            throw refuse("is measured on images of another normalisation (--normalize)")
        }
    }

    /// Copies the record of another study to the first free number, before a new study replaces it.
    static func keep(_ path: String) throws(FileError) {
        guard try InputFile.isThere(path) else { return }
        let contents = try InputFile.read(path)
        guard !contents.isEmpty else { return }
        let stem = path.hasSuffix(".json") ? String(path.dropLast(5)) : path
        for number in 1... {
            let copy = "\(stem).\(number).json"
            if try InputFile.isThere(copy) {
                // The last study has replaced nothing, so this copy exists already.
                if try InputFile.read(copy) == contents { return }
                continue
            }
            try OutputFile(copy).write(contents)
            return StandardError.write(
                "\(path) is another study, which is kept as \(copy), because --resume was not given")
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
