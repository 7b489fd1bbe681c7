import Foundation
import TestSupport
import Testing

/// Streams, signals, pipes, and names that are not UTF-8.
@Suite(.timeLimit(.minutes(10))) struct StreamTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try .withSyntheticData()
    }

    /// Runs a script in the folder, in which `$T` is a training of one epoch.
    private func run(_ script: String, environment: [String: String] = [:]) throws -> Command.Result {
        defer { withExtendedLifetime(folder) {} }
        return try Program.run(
            script: "cd '\(folder.path)' || exit\n\(script)",
            environment: ["T": "train --cpu --learning-rate 0.05 --epochs 1 --data ."].merging(environment) { $1 })
    }

    @Test(
        "A result that can't be written is an error of one line, and nothing else is",
        arguments: [
            ("$P $T >/dev/full", "No space left on device"), ("$P $T >&-", "Bad file descriptor"),
            ("$P $T --json >/dev/full", "No space left on device"), ("$P --help >/dev/full", "No space left on device"),
            ("$P devices >/dev/full", "No space left on device"), ("$P --version >&-", "Bad file descriptor"),
            ("$P $T > >(exec 0<&-; sleep 30 >/dev/null 2>&1)", "Broken pipe"),
        ])
    func standardOutput(script: String, words: String) throws {
        // The reader needs time to end.
        let result = try run(script.contains("<&-") ? "export T=\"$T --save w\"; \(script)" : script)
        #expect(result.exitCode == 1)
        #expect(result.complaints.count == 1)
        #expect(
            result.complaints.first?.hasPrefix("resnet-bo: standard output can't be written: \(words)") == true,
            "\(result.errors)")
    }

    @Test(
        "Standard error may be closed, full, or without a reader",
        arguments: ["$P $T 2>&-", "$P $T 2>/dev/full", "{ $P $T 2>&1 >out | :; cat out; exit ${PIPESTATUS[0]}; }"])
    func standardError(script: String) throws {
        let result = try run(script)
        #expect(result.exitCode == 0)
        #expect(result.output.hasPrefix("Test loss"))
    }

    /// A file must not get the number of a standard stream, because other output would go into it.
    @Test func closedStreams() throws {
        let result = try run("$P $T --save w --metrics m <&- >&- 2>&-; echo $?; head -c 8 m; tail -c +9 w | head -c 2")
        #expect(result.output == "1\n{\"epoch\"{\"")
    }

    @Test("Results go into pipes and open files", arguments: ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
    func outputs(path: String) throws {
        let result = try run(
            "echo before >out; $P $T --metrics \(path) 2>/dev/null >>out; $P $T --metrics \(path) | cat >>out")
        #expect(result.exitCode == 0)
        let lines = try String(contentsOfFile: folder.path("out"), encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 9 && lines[0] == "before" && lines[1] == lines[5] && lines[4].hasPrefix("Test loss"))
    }

    @Test("Weights and observations come from pipes")
    func inputs() throws {
        let result = try run(
            """
            $P $T --save w >/dev/null && $P evaluate --cpu --data . --model <(cat w) && $P evaluate --cpu --data . --model w
            """)
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == lines[1], "\(result.errors)")
        let observations = #"[{"learning_rate":0.1,"loss":1},{"learning_rate":0.2,"loss":2}]"#
        let suggested = try run("echo '\(observations)' | $P suggest --observations /dev/stdin")
        #expect(suggested.exitCode == 0, "\(suggested.errors)")
    }

    @Test(
        "Names that are not UTF-8 are refused before the work",
        arguments: [
            "$P $T --save $'caf\\xe9.st'", "$P $T --data $'caf\\xe9'", "RESNET_BO_CACHE=$'caf\\xe9' $P $T --save w",
        ])
    func notUTF8(script: String) throws {
        let before = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let result = try run(script)
        #expect(result.exitCode != 0)
        #expect(result.complaints.count == 1)
        #expect(result.complaints.first?.hasSuffix("is not valid UTF-8") == true, "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == before)
    }

    /// Other names reach the system unchanged.
    @Test func unusualNames() throws {
        let result = try run(
            "mkdir '~' 'a b' && $P $T --save '~/w' --metrics $'a b/caf\\xc3\\xa9' >/dev/null && ls '~' 'a b' && ls -A | grep partial"
        )
        #expect(result.output == "a b:\ncafé\n\n~:\nw\n", "\(result.errors)")
    }

    @Test(
        "An interruption ends the program with one line, and leaves nothing behind",
        arguments: [("INT", 130), ("TERM", 143)])
    func interruption(signal: String, exitCode: Int32) throws {
        let result = try run(
            """
            timeout 120 $P $T --epochs 1000000 --save w --metrics m & child=$!
            while [ ! -s m ]; do sleep 0.05; done
            pkill -\(signal) -P $child; wait $child; code=$?
            ls -A | grep -v ubyte; exit $code
            """)
        #expect(result.exitCode == exitCode)
        #expect(result.complaints == ["resnet-bo: interrupted by SIG\(signal)"])
        #expect(result.output == "m\n")
    }

    @Test("The test set alone can be evaluated")
    func testSetAlone() throws {
        let result = try run("$P $T --save w >/dev/null && rm train-* && $P evaluate --cpu --data . --model w")
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("Test loss"))
    }

    /// Weights that make every logit infinite: the loss is not finite, which is no success.
    @Test("A loss that is not finite is an error", arguments: ["", "--json"])
    func notFinite(format: String) throws {
        let trained = try run("$P train --cpu --learning-rate 1e38 --epochs 1 --data . \(format)")
        #expect(trained.exitCode == 1)
        #expect(trained.complaints.count == 1)
        #expect(trained.output.isEmpty)
    }

    @Test("The affinity mask determines the number of threads, and a larger --threads is accepted with a note")
    func cores() throws {
        let listed = try run("taskset -c 0 $P devices")
        #expect(listed.output.contains(", 1 thread\n"))
        let trained = try run("taskset -c 0 $P $T --threads 2")
        #expect(trained.errors.contains("--threads 2: this process may use 1 core;"), "\(trained.errors)")
        #expect(trained.errors.contains("2 threads"))
    }
}
