import BayesianOptimization
import JSON
import Platform
import Studies

/// Settings, data, machine, and the command that repeats the study.
extension ReportSubject {
    /// The section.
    var settingsSection: HTML {
        let description = record.description
        let origins = Set(
            record.trials.compactMap(\.origin).map { "\($0.backend), \($0.device), version \($0.version)" })
        var contents: [HTML] = []
        if let run = description.run {
            contents += [
                .element("h3", [:], "Command"),
                .paragraph("The latest run was started so; without --resume, which is left out, it repeats the study."),
                .element("pre", [:], "resnet-bo " + run.command.map(\.shellWord).joined(separator: " ")),
            ]
        } else {
            contents.append(
                .note(
                    "The journal has neither the command nor the machine: another program or an older version wrote it."
                ))
        }
        contents.append(.element("h3", [:], "Machine"))
        var machine = origins.sorted().map { ("Trials measured by", $0) }
        if machine.isEmpty { machine = [("Trials measured by", "not recorded")] }
        if let run = description.run {
            machine += [
                ("System", run.system), ("Cores", "\(run.cores)"),
                ("Memory", (Double(run.memoryBytes) / 1_073_741_824).formatted(fractionDigits: 1) + " GiB"),
            ]
        }
        contents.append(.facts(machine))
        contents.append(.element("h3", [:], "Settings"))
        let fixed = (record.answer ?? record.trials.last?.parameters ?? []).filter { space[$0.name] == nil }
        contents.append(
            .facts(
                [("Preset of the optimiser", description.preset.rawValue), ("Seed", "\(description.seed)")]
                    + space.parameters.map { ("Searched", "\(NamedValue.label(of: $0.name)): \($0.domain.words)") }
                    + (fixed.isEmpty
                        ? [] : [("Not searched", fixed.map { "\($0.label) \($0.value)" }.joined(separator: ", "))])
                    + Self.members(description.settings)))
        contents.append(.element("h3", [:], "Data"))
        let data = Self.members(description.data)
        contents.append(data.isEmpty ? .note("The journal does not say which data were used.") : .facts(data))
        return .section("settings", "Settings, data and machine", contents)
    }

    /// The members of a JSON object as texts, in the order of their names; none for another value.
    private static func members(_ value: any Encodable) -> [(name: String, value: String)] {
        let object = (try? JSONValue(encoding: value))?.object ?? [:]
        return object.sorted { $0.key < $1.key }.filter { $0.value != .null }.map { name, value in
            (NamedValue.label(of: name), value.string ?? (try? JSON.encode(value, layout: .line)) ?? "")
        }
    }
}

extension Parameter.Domain {
    /// The domain in words.
    var words: String {
        switch self {
        case .real(let lower, let upper, let scale):
            "from \(lower) to \(upper)\(scale == .log ? ", on a logarithmic scale" : "")"
        case .integer(let lower, let upper, let scale):
            "whole numbers from \(lower) to \(upper)\(scale == .log ? ", on a logarithmic scale" : "")"
        case .steppedReal(let lower, let upper, let step): "from \(lower) to \(upper) in steps of \(step)"
        case .steppedInteger(let lower, let upper, let step): "from \(lower) to \(upper) in steps of \(step)"
        case .ordinal(let values):
            "one of " + values.map { Int(exactly: $0).map { "\($0)" } ?? "\($0)" }.joined(separator: ", ")
        case .categorical(let choices): "one of \(choices.joined(separator: ", "))"
        }
    }
}

extension String {
    /// The text as one word of a shell.
    var shellWord: String {
        let isPlain =
            !isEmpty
            && unicodeScalars.allSatisfy { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    || "-_./=,:+@%".unicodeScalars.contains(scalar)
            }
        return isPlain ? self : "'\(replacing("'", with: "'\\''"))'"
    }
}
