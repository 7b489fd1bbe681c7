import Backend
import Backends
import JSON
import Platform

/// The process that tests a device.
///
/// Each device has one of its own, so that a driver that crashes ends the test of its device and no other. The processes run
/// one after another, because devices share the processor.
enum SelfTestProcess {
    /// The greatest run time of a process, after which its device counts as hanging.
    private static let timeLimit = Duration.seconds(7200)

    /// Tests some operations on a device.
    ///
    /// - Parameter stepsDone: is called from time to time with the number of the steps that are done.
    static func test(
        _ operations: [String], on entry: BackendEntry, stepsDone: (Int) -> Void
    ) throws -> DeviceResult {
        var result = DeviceResult(entry: entry)
        guard let device = entry.device?.description else {
            result.failure = entry.unusable.map { "not usable: \($0)" }
            return result
        }
        let (steps, leftOut) = try SelfTestStep.steps(of: operations, for: device)
        result.leftOut = leftOut
        let start = ContinuousClock.now
        var output: [UInt8] = []
        let arguments =
            ["self-test", "--one-device", "--backend", entry.backend]
            + (entry.index.map { ["--device", "\($0)"] } ?? []) + operations.flatMap { ["--operation", $0] }
        do throws(ChildProcessError) {
            let process = try ChildProcess(
                running: Executable.path, arguments, inheriting: { _ in true },
                timeLimit: timeLimit
            ) { bytes in
                output += bytes
                // The first line has the facts.
                stepsDone(max(output.count { $0 == UInt8(ascii: "\n") } - 1, 0))
            }
            result.add(process.output, reason: reason(process), of: steps)
        } catch {
            result.add(output, reason: "\(error)", of: steps)
        }
        result.seconds = (ContinuousClock.now - start) / .seconds(1)
        return result
    }

    /// Why a process has failed; nil if it has not.
    ///
    /// The messages of drivers are forwarded to standard error.
    private static func reason(_ process: ChildProcess) -> String? {
        let prefix = "resnet-bo: "
        let messages = process.messages.split(separator: "\n")
        for message in messages where !message.hasPrefix(prefix) { StandardError.write(String(message)) }
        if process.status == 0 { return nil }
        if let complaint = messages.last(where: { $0.hasPrefix(prefix) }) {
            return String(complaint.dropFirst(prefix.count))
        }
        let end = process.status > 128 ? "by signal \(process.status - 128)" : "with exit code \(process.status)"
        return "its process was ended \(end)"
    }
}

extension DeviceResult {
    /// Adds what a process has found.
    ///
    /// - Parameters:
    ///   - output: the lines that it has written; those of drivers among them are left out.
    ///   - reason: why it has failed; nil if it has not.
    ///   - steps: those that it was to do.
    fileprivate mutating func add(_ output: [UInt8], reason: String?, of steps: [SelfTestStep]) {
        var done = 0
        for text in output.split(separator: UInt8(ascii: "\n")) {
            guard let line = try? JSON.decode(SelfTestLine.self, from: Array(text)) else { continue }
            facts = line.facts ?? facts
            if let step = line.step {
                add(step)
                done += 1
            }
        }
        guard reason != nil || done < steps.count else { return }
        let place = done < steps.count ? "in \(steps[done].name)" : "after the last step"
        failure = (reason ?? "its process ended early") + (facts.isEmpty ? "" : " (\(place))")
    }
}
