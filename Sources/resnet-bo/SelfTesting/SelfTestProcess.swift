import Backend
import Backends
import Foundation
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
        var lines = 0
        let arguments =
            ["self-test", "--one-device", "--backend", entry.backend]
            + (entry.index.map { ["--device", "\($0)"] } ?? []) + operations.flatMap { ["--operation", $0] }
        do throws(ChildProcessError) {
            let process = try ChildProcess(
                running: Bundle.main.executablePath ?? CommandLine.arguments[0], arguments, inheriting: { _ in true },
                timeLimit: timeLimit
            ) { output in
                lines += output.count { $0 == UInt8(ascii: "\n") }
                // The first line has the facts.
                stepsDone(max(lines - 1, 0))
            }
            result.add(process, of: steps)
        } catch {
            result.failure = "\(error)"
        }
        result.seconds = (ContinuousClock.now - start) / .seconds(1)
        return result
    }
}

extension DeviceResult {
    /// Adds what a process that has ended has found.
    fileprivate mutating func add(_ process: ChildProcess, of steps: [SelfTestStep]) {
        var done = 0
        for text in process.output.split(separator: UInt8(ascii: "\n")) {
            guard let line = try? JSON.decode(SelfTestLine.self, from: Array(text)) else { continue }
            facts = line.facts ?? facts
            if let step = line.step {
                add(step)
                done += 1
            }
        }
        let prefix = "resnet-bo: "
        let messages = process.messages.split(separator: "\n")
        // Drivers write their own messages.
        for message in messages where !message.hasPrefix(prefix) { StandardError.write(String(message)) }
        guard process.status != 0 else { return }
        let reason =
            messages.last { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            ?? "the process that tests it ended with the exit status \(process.status)"
            + (process.status > 128 ? ", by signal \(process.status - 128)" : "")
        failure = reason + (done < steps.count && !facts.isEmpty ? " (in \(steps[done].name))" : "")
    }
}
