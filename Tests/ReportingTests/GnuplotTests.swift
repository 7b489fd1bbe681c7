import Foundation
import Platform
import Reporting
import Testing

@Suite("gnuplot")
struct GnuplotTests {
    /// The time limit of a test, and the command of a child that hangs.
    private static let (moment, hour) = (Duration.seconds(1), "sleep 3600")

    @Test(arguments: ["no-such-gnuplot", "/no/such/folder/gnuplot"])
    func missing(program: String) {
        #expect(throws: ChildProcessError.notFound(program: program)) { try Gnuplot(program: program).run("") }
    }

    /// The reason comes from the line of gnuplot's messages that has it.
    @Test(arguments: [
        ("set nonsense", "unrecognized option - see 'help set'."),
        ("set terminal nonsense size 1,1", "unknown or ambiguous terminal type; type just 'set terminal' for a list"),
        ("plot '/no/such/file'", "No data in plot"),
        ("set terminal svg\nplot nonsense(x)", "undefined function: nonsense"),
    ])
    func badScripts(script: String, message: String) {
        #expect(throws: ChildProcessError.failed(program: "gnuplot", reason: message)) {
            try Gnuplot().run("set encoding utf8\n\(script)\n")
        }
    }

    /// Other messages before a failure are ignored.
    @Test(arguments: [
        (
            "echo 'gnuplot> set term qt'; echo '       ^'; echo '   line 0: no qt'; echo; echo 'WARNING: No output'",
            "no qt"
        ),
        ("echo 'Fontconfig warning: no cache'; echo out of memory; echo bye", "out of memory"),
        ("true", "it ended with status 3"), ("kill -TERM $$", "it ended with status 143"),
    ])
    func badPrograms(messages: String, reason: String) throws {
        let fake = try FakeGnuplot("exec >&2; \(messages)\nexit 3")
        #expect(throws: ChildProcessError.failed(program: fake.path, reason: reason)) {
            try fake.gnuplot.run("")
        }
    }

    /// A program that hangs is killed with its children, even if it has written something or ignores signals.
    @Test(arguments: [hour, "trap '' TERM INT HUP; \(hour); true", "echo x; \(hour) & wait", "yes >&2"])
    func hanging(script: String) throws {
        let fake = try FakeGnuplot("echo $$ >\"$0.process\"\n\(script)")
        let start = ContinuousClock.now
        #expect {
            try fake.gnuplot.run("", timeLimit: Self.moment)
        } throws: { error in
            error as? ChildProcessError == .tookTooLong(program: fake.path, limit: Self.moment)
                || "\(error)" == "\(fake.path) failed: it wrote more than 256 MiB"
        }
        #expect(ContinuousClock.now - start < .seconds(60))
        try expectNoProcess(of: fake, since: start)
    }

    /// Processes that a program leaves behind are killed.
    @Test(arguments: ["\(hour) & echo x", "yes >&2 & sleep 0.1; echo x"])
    func leftovers(script: String) throws {
        let fake = try FakeGnuplot("echo $$ >\"$0.process\"\n\(script)")
        let start = ContinuousClock.now
        #expect(try fake.gnuplot.run("") == Array("x\n".utf8))
        try expectNoProcess(of: fake, since: start)
    }

    /// Expects that the process group of a program ends.
    private func expectNoProcess(of fake: FakeGnuplot, since start: ContinuousClock.Instant) throws {
        let process = try fake.contents(".process")
        let group = try #require(pid_t(process.trimmingCharacters(in: .whitespacesAndNewlines)))
        while kill(-group, 0) == 0, ContinuousClock.now - start < .seconds(60) { usleep(10_000) }
        #expect(kill(-group, 0) != 0 && errno == ESRCH)
    }

    /// Drawings and scripts may be larger than the buffer of a pipe.
    @Test func largeDrawings() throws {
        let lines = (0..<20_000).map { "\($0) \($0 % 7)" }.joined(separator: "\n")
        let drawing = try Gnuplot().run("$data << end\n\(lines)\nend\nset terminal svg\nplot $data with lines\n")
        #expect(drawing.count > 200_000)
    }

    /// The child gets only the environment that it needs; `GNUTERM` alone makes gnuplot fail without that terminal.
    @Test func environment() async {
        await #expect(processExitsWith: .success) {
            let hidden = ["GNUTERM": "nonsense", "DISPLAY": ":9", "GNUPLOT_LIB": "/none", "GNUPLOT_FONTPATH": "/none"]
            let seen = [
                "HOME": "/home/someone", "LC_TIME": "C", "XDG_CACHE_HOME": "/cache", "FONTCONFIG_PATH": "/fonts",
            ]
            for (name, value) in hidden.merging(seen, uniquingKeysWith: { $1 }) { setenv(name, value, 1) }
            let fake = try FakeGnuplot("env")
            let lines = String(decoding: try fake.gnuplot.run(""), as: UTF8.self).split(separator: "\n")
            for (name, value) in seen { #expect(lines.contains("\(name)=\(value)")) }
            for name in hidden.keys { #expect(!lines.contains { $0.hasPrefix("\(name)=") }) }
            #expect(lines.contains { $0.hasPrefix("PATH=") })
            _ = try Gnuplot().run("")
        }
    }

    /// Temporary files need no folder, not even that of `TMPDIR`.
    @Test(.enabled(if: isLinux)) func noTemporaryFolder() async {
        await #expect(processExitsWith: .success) {
            setenv("TMPDIR", "/no/such/folder", 1)
            _ = try Gnuplot().run("")
        }
    }

    /// Signals that this program blocks or ignores have their default effect on the child; without a status the child
    /// counts as successful.
    @Test func signals() async {
        await #expect(processExitsWith: .success) {
            signal(SIGCHLD, SIG_IGN)
            signal(SIGPIPE, SIG_IGN)
            let fake = try FakeGnuplot("yes | head -n 1")
            #expect(try fake.gnuplot.run("") == Array("y\n".utf8))
        }
    }
}

#if os(Linux)
    private let isLinux = true
#else
    private let isLinux = false
#endif
