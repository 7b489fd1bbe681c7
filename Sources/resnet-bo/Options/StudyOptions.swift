import ArgumentParser
import Platform
import Studies

/// The options of a study that say when it ends, and what it knows before.
struct StudyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "End the study in good order after this time: 2h, 90m, 1h30m.",
            discussion: "No evaluation begins that would probably end later; --resume continues.", valueName: "time"),
        transform: duration)
    var timeLimit: Duration?

    @Option(
        help: ArgumentHelp(
            "Learn the trials of another study before those of this one: a study.log, a journal of Optuna or a results.json.",
            valueName: "file"),
        transform: OptionValue.name)
    var warmStart: String?

    /// A time such as `1h30m`.
    @Sendable private static func duration(_ text: String) throws -> Duration {
        let units: [Character: Int] = ["d": 86400, "h": 3600, "m": 60, "s": 1]
        var (seconds, digits) = (0, "")
        var isValid = !text.isEmpty
        for character in text {
            if character.isASCII, character.isNumber {
                digits.append(character)
            } else if let unit = units[character], let number = Int(digits), number <= 1_000_000 {
                seconds += number * unit
                digits = ""
            } else {
                isValid = false
            }
        }
        guard isValid, digits.isEmpty, seconds > 0 else {
            throw ValidationError("it must be a time above 0 in days, hours, minutes and seconds, such as 2h or 1h30m")
        }
        return .seconds(seconds)
    }

    /// A search that knows the trials of the other study.
    func warmed(_ search: Study.Search) throws -> Study.Search {
        guard let warmStart else { return search }
        let records = try RecordedStudy.read(warmStart).evaluations
        var search = search
        let count = search.learn(from: records)
        guard count > 0 else {
            throw FileError(
                warmStart, doing: "used",
                reason: "none of its \(records.count) trials is within the bounds of this search")
        }
        StandardError.write(
            "Learned \(count) of \(records.count) trials of \(warmStart)"
                + (count < records.count ? "; the others are outside of this search, or have no loss" : ""))
        return search
    }
}
