import JSON
import Platform
import Studies

/// The images that a study is measured on, as it records them.
struct DataRecord: Codable, Sendable, Equatable {
    /// Where they were read from.
    var folder: String

    /// Of pixels and labels, in hexadecimal digits.
    var checksum: String
}

/// What a study that goes on needs of the record of the interrupted one.
struct RecordedStudy: Decodable {
    /// The settings that decide what a trial comes to.
    struct Measure: Decodable, Equatable {
        var epochs: Int
        var folds: Int
        var limit: Int?

        /// The flags that ask for them.
        fileprivate var flags: [String] {
            ["--epochs \(epochs)", "--folds \(folds)", limit.map { "--limit \($0)" } ?? "no --limit"]
        }
    }

    var seed: UInt32
    var settings: Measure
    var evaluations: [TrialRecord]
    /// None in records of old versions.
    var data: DataRecord?

    /// Reads the record in an output folder; none if there is none.
    static func read(_ path: String) throws -> RecordedStudy? {
        guard try InputFile.isThere(path) else {
            StandardError.write("There is no study in \(path) to resume: a new one begins")
            return nil
        }
        return try JSON.read(Self.self, from: path)
    }

    /// Throws where a trial of this run would come to something else than one of the recorded study.
    func check(_ path: String, seed: UInt32, settings: Measure, data: DataRecord) throws(FileError) {
        func refuse(_ reason: String) -> FileError { FileError(path, doing: "resumed", reason: "its study \(reason)") }
        if seed != self.seed { throw refuse("has --seed \(self.seed), and not \(seed)") }
        for (theirs, ours) in zip(self.settings.flags, settings.flags) where theirs != ours {
            throw refuse("has \(theirs), and this run \(ours)")
        }
        if let known = self.data, known.checksum != data.checksum {
            throw refuse(
                "is measured on other images (\(known.folder), checksum \(known.checksum)) than those in \(data.folder)"
            )
        }
    }

    /// Copies the record of another study beside it, with the first number that is free, before a new study replaces it.
    static func keep(_ path: String) throws(FileError) {
        guard try InputFile.isThere(path) else { return }
        let contents = try InputFile.read(path)
        guard !contents.isEmpty else { return }
        let stem = path.hasSuffix(".json") ? String(path.dropLast(5)) : path
        for number in 1... {
            let copy = "\(stem).\(number).json"
            if try InputFile.isThere(copy) {
                // The study that was begun last time replaced nothing.
                if try InputFile.read(copy) == contents { return }
                continue
            }
            try OutputFile(copy).write(contents)
            return StandardError.write(
                "\(path) holds another study, which is kept as \(copy), since there is no --resume")
        }
    }
}

/// What `results.json` records of the flags: members by name.
struct StudySettings: Encodable, Sendable {
    var members: KeyValuePairs<String, any Encodable & Sendable>

    /// The values of hyperparameters where they are not searched.
    var defaults: [NamedValue]

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: MemberName.self)
        for (name, value) in members { try container.encode(value, forKey: MemberName(stringValue: name)) }
        for one in defaults { try container.encode(one.value, forKey: MemberName(stringValue: one.name)) }
    }
}
