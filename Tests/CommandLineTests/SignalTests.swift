import Foundation
import TestSupport
import Testing

/// An interrupted study prints one line with advice, leaves nothing behind, and can be resumed.
@Suite(.timeLimit(.minutes(10))) struct SignalTests {
    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func interruption(signal: Int32, code: Int32) throws {
        let folder = try TemporaryFolder.withSyntheticData()
        let output = folder.path("out")
        // This gnuplot hangs once the study runs, and must end with the program.
        let started = folder.path("started")
        let gnuplot = folder.path("gnuplot")
        try """
        #!/bin/sh
        if [ -e '\(output)/results.json' ]; then echo $$ >'\(started)'; exec sleep 1000; fi
        exec "$(PATH=${PATH#*:}; command -v gnuplot)" "$@"
        """.write(toFile: gnuplot, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: gnuplot)
        let flags = [
            "optimize", "--data", folder.path, "--cpu", "--threads", "1", "--epochs", "200", "--folds", "2",
            "--batch-size", "8", "--evaluations", "50", "--no-pruning", "--output", output,
        ]

        let process = Process()
        process.executableURL = Program.url
        process.arguments = flags
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["PATH": "\(folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"]) { $1 }
        let errors = folder.path("errors")
        try Data().write(to: URL(fileURLWithPath: errors))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        func wait(for condition: () -> Bool) { while !condition(), process.isRunning { usleep(20_000) } }
        wait { ((try? String(contentsOfFile: started, encoding: .utf8)) ?? "").hasSuffix("\n") }
        let child = try #require(
            pid_t(String(contentsOfFile: started, encoding: .utf8).trimmingCharacters(in: .newlines)))
        kill(process.processIdentifier, signal)
        process.waitUntilExit()

        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == code)
        let complaints = try String(contentsOfFile: errors, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("resnet-bo: ") }
        #expect(complaints.count == 1)
        #expect(complaints.first?.contains("--resume") == true)
        // The child may need a moment to end.
        for _ in 0..<500 where kill(child, 0) == 0 { usleep(10_000) }
        #expect(kill(child, 0) != 0 || isZombie(child))
        let left = try FileManager.default.contentsOfDirectory(atPath: output)
        let files = ["study.log", "results.json", "optimization_plots.png", "optimization_plots.svg"]
        #expect(left.allSatisfy(files.contains))
        let resumed = try Program.run(flags.map { $0 == "50" ? "1" : $0 } + ["--resume"])
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
    }

    /// Whether a process has ended, and its parent has not read its exit status yet.
    private func isZombie(_ process: pid_t) -> Bool {
        ((try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? "").contains(") Z ")
    }
}
