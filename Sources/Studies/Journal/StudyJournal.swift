import BayesianOptimization
import JSON
package import Platform

/// The journal of a study: everything that happens in it, in the format of Optuna's `JournalStorage`.
///
/// It is the record of the study. A trial is finished once its state is in the journal, which is the last line of its outcome;
/// so a journal that ends anywhere has each trial with its whole outcome or as one that still runs.
package final class StudyJournal {
    /// The name of a study that this program begins.
    private static let name = "resnet-bo"

    /// The greatest number of characters of a system attribute, which is that of Optuna's databases.
    private static let attributeLength = 2045

    /// The path of the file, as it was given.
    package var path: String { file.path }

    private let file: JournalFile
    private let worker = "resnet-bo-\(getpid())"
    private var replay = JournalReplay()

    /// The study that is continued, as it was recorded before this run; `nil` for a new one.
    package let recorded: JournalStudy?

    /// The trials of this run that are not finished, by their numbers.
    private var running: [Int: Running] = [:]

    private struct Running {
        let id: Int
        let begin = ContinuousClock.now
        /// The epochs whose losses are recorded.
        var epochs: Set<Int> = []
    }

    /// Opens the journal of a study, without changing it.
    ///
    /// - Parameters:
    ///   - path: The file, which need not exist.
    ///   - resumes: Whether the study in the file is continued; otherwise a new one replaces it.
    /// - Throws: `FileError`, also for a file that is no journal, that has several studies, or whose study does not minimise a
    ///   single value.
    package init(_ path: String, resumes: Bool) throws(FileError) {
        file = try JournalFile(path)
        guard resumes else {
            recorded = nil
            return
        }
        recorded = try Self.read(file, into: &replay)
    }

    /// Reads the study of a journal, without locking it.
    ///
    /// - Returns: `nil` for an empty file.
    /// - Throws: As ``init(_:resumes:)``.
    package static func study(in contents: [UInt8], of path: String) throws(FileError) -> JournalStudy? {
        var replay = JournalReplay()
        let end = contents.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return try study(of: &replay, after: Array(contents[..<end]), path)
    }

    private static func read(_ file: JournalFile, into replay: inout JournalReplay) throws(FileError) -> JournalStudy? {
        try study(of: &replay, after: try file.read(), file.path)
    }

    private static func study(
        of replay: inout JournalReplay, after lines: [UInt8], _ path: String
    ) throws(FileError) -> JournalStudy? {
        func refuse(_ reason: String) -> FileError { FileError(path, doing: "used", reason: reason) }
        do throws(JSONError) { try replay.apply(lines) } catch { throw refuse(error.problem) }
        guard let study = replay.studies.first else { return nil }
        guard replay.studies.count == 1 else {
            throw refuse("it has \(replay.studies.count) studies, and must have one")
        }
        guard study.isMinimizing else { throw refuse("its study does not minimise a single value") }
        return study
    }

    // MARK: The study

    /// Begins a new study, which replaces the contents of the file, or continues the recorded one.
    ///
    /// - Parameters:
    ///   - record: The record of the study, with the trials that were recorded elsewhere before.
    ///   - space: The searched parameters.
    func begin(_ record: StudyRecord, space: ParameterSpace) throws {
        if recorded != nil { return try setAttributes(record) }
        replay = JournalReplay()
        var lines = Lines(worker)
        try lines.add(.createStudy, ["study_name": Self.name, "directions": [1]])
        for (name, value) in try Self.attributes(record) where value != .null { try lines.setStudy(0, name, value) }
        for (id, trial) in record.trials.enumerated() {
            let origin = trial.origin ?? TrialRecord.Origin(backend: "", device: "", version: "")
            let attributes = try TrialAttribute.beginning(of: trial.plan, origin: origin, seed: record.description.seed)
            try lines.createTrial(
                id, trial.plan, space, nil,
                attributes.filter { trial.origin != nil || !["backend", "device", "version"].contains($0.0) })
            try finish(id, trial, among: record.trials, seconds: nil, reported: [], &lines)
        }
        try file.replace(with: lines.bytes)
        try replay.apply(lines.bytes)
    }

    /// Records the members of `results.json` that have changed, but for the trials, and ends the trials of killed runs.
    func conclude(_ record: StudyRecord) throws {
        try setAttributes(record)
        let left = study?.trials.filter { $0.state == .running && $0.userAttributes["iteration"] != nil } ?? []
        guard !left.isEmpty else { return }
        try append { lines in
            for trial in left { try lines.interrupt(trial.id) }
        }
    }

    private func setAttributes(_ record: StudyRecord) throws {
        guard let study else { return }
        let changed = try Self.attributes(record).filter { study.userAttributes[$0.0] ?? .null != $0.1 }
        guard !changed.isEmpty else { return }
        try append { lines in
            for (name, value) in changed { try lines.setStudy(study.id, name, value) }
        }
    }

    /// The user attributes of a study: the members of its record without the trials, and how the run was started.
    private static func attributes(_ record: StudyRecord) throws -> [(String, JSONValue)] {
        var members = try JSONValue(encoding: record).object ?? [:]
        members["evaluations"] = nil
        if let run = record.description.run { members["run"] = try JSONValue(encoding: run) }
        return members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Records a user attribute of the study, which is no member of its record.
    package func set(_ name: String, to value: some Encodable) throws {
        guard let study else { return }
        let value = try JSONValue(encoding: value)
        guard study.userAttributes[name] != value else { return }
        try append { try $0.setStudy(study.id, name, value) }
    }

    /// Records what Optuna's dashboard shows beside the trials.
    ///
    /// - Parameters:
    ///   - note: A text in Markdown.
    ///   - figure: The surrogate as a figure of Plotly, in JSON; `nil` without a surrogate.
    package func setDashboard(note: String, figure: String?) throws {
        guard let study else { return }
        var parts = Self.parts(of: note, "dashboard:note_str:", study)
        if let figure { parts += Self.parts(of: figure, "dashboard:plot_data:surrogate:", study) }
        guard parts.contains(where: { study.systemAttributes[$0.0] != .string($0.1) }) else { return }
        let version = (study.systemAttributes["dashboard:note_ver"]?.int ?? 0) + 1
        try append { lines in
            func set(_ name: String, _ value: JSONValue) throws {
                try lines.add(
                    .setStudySystemAttribute, ["study_id": study.id, "system_attr": JournalLine([name: value])])
            }
            try set("dashboard:note_ver", .number("\(version)"))
            for (name, text) in parts { try set(name, .string(text)) }
        }
    }

    /// The parts of a text, and empty ones in place of those that an earlier and longer text has.
    private static func parts(of text: String, _ prefix: String, _ study: JournalStudy) -> [(String, String)] {
        let scalars = Array(text.unicodeScalars)
        let texts = stride(from: 0, to: scalars.count, by: attributeLength).map { start in
            var part = String.UnicodeScalarView()
            part.append(contentsOf: scalars[start..<min(start + attributeLength, scalars.count)])
            return String(part)
        }
        let known = study.systemAttributes.keys.count { $0.hasPrefix(prefix) }
        let all = texts + Array(repeating: "", count: max(0, known - texts.count))
        return all.enumerated().map { ("\(prefix)\($0)", $1) }
    }

    // MARK: Trials

    /// Records that trials are evaluated from now on.
    ///
    /// A trial that a killed run has begun in the same way is begun again under its own number. Others of these numbers are
    /// ended.
    func propose(_ plans: [TrialPlan], of record: StudyRecord, space: ParameterSpace) throws {
        var ids: [Int: Int] = [:]
        try append { lines in
            var next = replay.nextTrial
            // Trials of other programs, which have no number of their own.
            let others = study?.numbered().filter { $0.trial.userAttributes["iteration"] == nil } ?? []
            for plan in plans {
                var attributes = try TrialAttribute.beginning(
                    of: plan, origin: record.description.origin(of: plan), seed: record.description.seed)
                if record.trials.contains(where: { $0.number == plan.number && $0.state == .lost }),
                    let repeated = others.last(where: { $0.number == plan.number && $0.trial.state.isFinished })
                {
                    attributes.append(("repeats", .number("\(repeated.trial.id)")))
                }
                let begun = study?.trials.filter {
                    $0.state == .running && $0.userAttributes["iteration"]?.int == plan.number
                }
                let same = begun?.last { trial in
                    attributes.allSatisfy { trial.userAttributes[$0.0] == $0.1 }
                        && Set(trial.parameters.map(\.name)) == Set(plan.parameters.map(\.name))
                        && plan.parameters.replacing(trial.parameters.byName) == plan.parameters
                }
                for trial in begun ?? [] where trial.id != same?.id { try lines.interrupt(trial.id) }
                if let same {
                    ids[plan.number] = same.id
                    continue
                }
                try lines.createTrial(next, plan, space, study, attributes)
                ids[plan.number] = next
                next += 1
            }
        }
        for (number, id) in ids { running[number] = Running(id: id) }
    }

    /// Records the mean loss of a trial after an epoch.
    ///
    /// - Parameters:
    ///   - number: The number of the trial.
    ///   - losses: Its validation losses so far, `[fold][epoch]`.
    func report(_ number: Int, losses: [[Double]]) throws {
        guard let trial = running[number], let epoch = losses.first?.count, epoch > 0 else { return }
        running[number]?.epochs.insert(epoch)
        let mean = losses.reduce(0) { $0 + $1[epoch - 1] } / Double(losses.count)
        guard mean.isFinite else { return }
        try append { try $0.report(trial.id, epoch, mean) }
    }

    /// Records the outcome of a trial.
    ///
    /// - Parameter trials: All trials that are finished, among them this one.
    func finish(_ trial: TrialRecord, among trials: [TrialRecord]) throws {
        guard let running = running.removeValue(forKey: trial.number) else { return }
        try append { lines in
            try finish(
                running.id, trial, among: trials, seconds: (ContinuousClock.now - running.begin) / .seconds(1),
                reported: running.epochs, &lines)
        }
    }

    private func finish(
        _ id: Int, _ trial: TrialRecord, among trials: [TrialRecord], seconds: Double?, reported: Set<Int>,
        _ lines: inout Lines
    ) throws {
        for (epoch, loss) in trial.meanLosses where loss.isFinite && !reported.contains(epoch) {
            try lines.report(id, epoch, loss)
        }
        let variance = NoiseSource.variance(of: trial, among: trials)
        for (name, value) in try TrialAttribute.end(of: trial, variance: variance, seconds: seconds) {
            try lines.setTrial(id, name, value)
        }
        let loss = trial.validationLoss
        let state: JournalTrial.State =
            trial.state == .lost || !loss.isFinite ? .fail : trial.state == .pruned ? .pruned : .complete
        try lines.setState(id, state, value: state == .fail ? nil : loss)
    }

    // MARK: Lines

    /// The study in the file, with the lines of this run; `nil` before a new one has begun.
    package var study: JournalStudy? { replay.studies.first }

    /// Appends lines, after those that other processes have appended.
    private func append(_ make: (inout Lines) throws -> Void) throws {
        var own: [UInt8] = []
        try file.append { added in
            do throws(JSONError) { try replay.apply(added) } catch {
                throw FileError(path, doing: "used", reason: error.problem)
            }
            var lines = Lines(worker)
            try make(&lines)
            own = lines.bytes
            return own
        }
        try replay.apply(own)
    }

    /// Lines of a journal that are written together.
    private struct Lines {
        private let worker: String
        private(set) var bytes: [UInt8] = []

        init(_ worker: String) { self.worker = worker }

        mutating func add(
            _ operation: JournalOperation, _ members: KeyValuePairs<String, any Encodable & Sendable>
        ) throws {
            let line = JournalLine(["op_code": operation.rawValue, "worker_id": worker], members)
            bytes += Array("\(try JSON.encode(line, layout: .line))\n".utf8)
        }

        mutating func setStudy(_ id: Int, _ name: String, _ value: JSONValue) throws {
            try add(.setStudyUserAttribute, ["study_id": id, "user_attr": JournalLine([name: value])])
        }

        mutating func setTrial(_ id: Int, _ name: String, _ value: JSONValue) throws {
            try add(.setTrialUserAttribute, ["trial_id": id, "user_attr": JournalLine([name: value])])
        }

        mutating func report(_ id: Int, _ epoch: Int, _ loss: Double) throws {
            try add(.setTrialIntermediateValue, ["trial_id": id, "step": epoch, "intermediate_value": loss])
        }

        mutating func setState(_ id: Int, _ state: JournalTrial.State, value: Double?) throws {
            try add(
                .setTrialState,
                [
                    "trial_id": id, "state": state.rawValue, "values": value.map { [$0] },
                    "datetime_complete": UTC.now,
                ])
        }

        /// Ends a trial that a killed run has left, and that says nothing.
        mutating func interrupt(_ id: Int) throws {
            try setTrial(id, "interrupted", .bool(true))
            try setState(id, .fail, value: nil)
        }

        /// Creates a trial with its parameters and attributes.
        ///
        /// Optuna ignores a parameter whose distribution contradicts that of an earlier trial, unless it comes with the creation
        /// of its trial.
        mutating func createTrial(
            _ id: Int, _ plan: TrialPlan, _ space: ParameterSpace, _ study: JournalStudy?,
            _ attributes: [(String, JSONValue)]
        ) throws {
            var usual: [(NamedValue, JournalDistribution)] = []
            var (distributions, numbers): ([String: String], [String: Double]) = ([:], [:])
            for parameter in plan.parameters {
                let distribution = JournalDistribution(of: parameter, in: space)
                if study?.first(parameter.name)?.isCompatible(with: distribution) == false {
                    distributions[parameter.name] = try distribution.text
                    numbers[parameter.name] = distribution.number(of: parameter.value)
                } else {
                    usual.append((parameter, distribution))
                }
            }
            let studyID = study?.id ?? 0
            if distributions.isEmpty {
                try add(.createTrial, ["study_id": studyID, "datetime_start": UTC.now])
            } else {
                try add(
                    .createTrial,
                    [
                        "study_id": studyID, "datetime_start": UTC.now, "distributions": distributions,
                        "params": numbers,
                    ])
            }
            for (parameter, distribution) in usual {
                try add(
                    .setTrialParameter,
                    [
                        "trial_id": id, "param_name": parameter.name,
                        "param_value_internal": distribution.number(of: parameter.value),
                        "distribution": distribution.text,
                    ])
            }
            for (name, value) in attributes { try setTrial(id, name, value) }
        }
    }
}

extension TrialRecord {
    /// The mean validation loss after each epoch that was measured, in nats, or the losses that another program has reported.
    package var meanLosses: [(epoch: Int, loss: Double)] {
        let losses = folds.compactMap(\.epochLosses)
        if folds.isEmpty, !outcome.reportedLosses.isEmpty {
            return outcome.reportedLosses.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        guard let epochs = losses.first?.count, losses.count == folds.count else {
            return outcome.epochs.map { [($0, validationLoss)] } ?? []
        }
        return (0..<epochs).map { epoch in
            (epoch + 1, losses.reduce(0) { $0 + $1[epoch] } / Double(losses.count))
        }
    }
}
