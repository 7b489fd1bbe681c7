import JSON
import NeuralNetwork
import Platform
import Studies
import Training

/// The checkpoint of the trials that are trained now, in a file beside the journal.
///
/// Its metadata name the run and the trials. A file that is not of this run is not used, and the next epoch replaces it.
final class TrialCheckpoints: CheckpointStore {
    /// The kind of the file, in its metadata.
    private static let format = "resnet-bo checkpoint 1"

    /// The checkpoint of an interrupted run.
    private struct Found {
        let tensors: Safetensors
        /// Its trials, in the order of its members.
        let trials: [JSONValue]
    }

    /// The trials that are evaluated now.
    var plans: [TrialPlan] = []

    private let file: OutputFile
    private let run: JSONValue
    private let say: (String) -> Void

    /// The file of an interrupted run of this study, until its trials go on.
    private var found: Found?

    /// Reads the checkpoint of an interrupted run, if there is one; one that can't be used is a line.
    ///
    /// - Parameters:
    ///   - run: What the numbers depend on, besides the trials.
    ///   - resumes: Whether an interrupted study is continued.
    ///   - say: Writes a line for the user.
    init(_ file: OutputFile, of run: StudySettings, resumes: Bool, say: @escaping (String) -> Void) throws {
        self.file = file
        self.run = try JSONValue(encoding: run)
        self.say = say
        guard resumes, try InputFile.isThere(file.path) else { return }
        do {
            found = try read()
        } catch {
            say("\(error); the interrupted trial begins again")
        }
    }

    private func read() throws -> Found {
        func refuse(_ reason: String) -> FileError { FileError(file.path, doing: "used", reason: reason) }
        let tensors = try Safetensors(InputFile.read(file.path), name: file.path)
        guard tensors.metadata["format"] == Self.format else { throw refuse("it is no checkpoint of this program") }
        func member(_ name: String) -> JSONValue? {
            tensors.metadata[name].flatMap { try? JSONValue(parsing: Array($0.utf8)) }
        }
        guard let theirs = member("run")?.object, let ours = run.object, let trials = member("trials")?.array else {
            throw refuse("it names no run or no trials")
        }
        let others = Set(theirs.keys).union(ours.keys).filter { theirs[$0] != ours[$0] }.sorted()
        guard others.isEmpty else { throw refuse("it is of a run with another \(others.joined(separator: ", "))") }
        return Found(tensors: tensors, trials: trials)
    }

    /// A trial in the metadata.
    private static func trial(_ plan: TrialPlan) throws -> JSONValue {
        let parameters = try plan.parameters.map { ($0.name, try JSONValue(encoding: $0.value)) }
        return .object([
            "iteration": .number("\(plan.number)"), "replicate": .number("\(plan.replicate)"),
            "parameters": .object(Dictionary(uniqueKeysWithValues: parameters)),
        ])
    }

    func restore(_ configurations: [Int], as shape: StackCheckpoint.Shape) throws -> StackCheckpoint? {
        guard let found else { return nil }
        let plans = configurations.map { self.plans[$0] }
        let indices = try plans.map { try found.trials.firstIndex(of: Self.trial($0)) }
        let isOfOthers = found.trials.allSatisfy { trial in
            !plans.contains { $0.number == trial["iteration"]?.int }
        }
        if isOfOthers { return nil }
        self.found = nil
        do {
            let members = indices.compactMap { $0 }
            guard members.count == plans.count else {
                throw FileError(
                    file.path, doing: "used", reason: "its trials have other hyperparameters in this run, or not all")
            }
            let whole: StackCheckpoint
            do throws(CheckpointMismatch) {
                whole = try StackCheckpoint(found.tensors, members: found.trials.count, as: shape)
            } catch {
                throw FileError(file.path, doing: "used", reason: "\(error)")
            }
            let numbers = plans.map { "\($0.number)" }.joined(separator: ", ")
            say(
                "Evaluation\(plans.count > 1 ? "s" : "") \(numbers) continue\(plans.count > 1 ? "" : "s") after epoch "
                    + "\(whole.epochs) of \(shape.epochs)")
            return whole.choosing(members)
        } catch let error as FileError {
            say("\(error); the interrupted trial begins again")
            return nil
        }
    }

    func save(_ checkpoint: StackCheckpoint, of configurations: [Int]) throws {
        let trials = try configurations.map { try Self.trial(plans[$0]) }
        let tensors = checkpoint.safetensors(metadata: [
            "format": Self.format, "run": try JSON.encode(run, layout: .line),
            "trials": try JSON.encode(trials, layout: .line),
        ])
        try file.write(tensors.encoded())
    }

    func remove() throws { try file.remove() }

    /// Removes the checkpoint of an interrupted run whose trials were recorded, but not yet their checkpoint removed.
    ///
    /// - Parameter numbers: The recorded trials.
    func removeOld(recorded numbers: [Int]) throws {
        guard let found else { return }
        if found.trials.allSatisfy({ numbers.contains($0["iteration"]?.int ?? 0) }) { try remove() }
    }
}
