package import Platform

/// The plotting program gnuplot (http://www.gnuplot.info), which runs as a child process.
package struct Gnuplot: Sendable {
    /// The name or the path of the program.
    let program: String

    /// Creates a runner; by default the search path finds gnuplot.
    ///
    /// - Parameter program: Another name or path of the program.
    package init(program: String = "gnuplot") {
        self.program = program
    }

    /// Runs a script, at a lower priority than this program's.
    ///
    /// - Parameters:
    ///   - script: The commands that draw to standard output.
    ///   - timeLimit: The greatest run time.
    /// - Returns: The drawing.
    /// - Throws: `ChildProcessError`, with the line of gnuplot's messages that has the reason.
    package func run(_ script: String, timeLimit: Duration = .seconds(60)) throws(ChildProcessError) -> [UInt8] {
        // gnuplot reads a file in blocks, but standard input (-) byte by byte, which takes seconds for a long script.
        // -d ignores the user's settings.
        let source = access("/dev/stdin", R_OK) == 0 ? "/dev/stdin" : "-"
        let child = try ChildProcess(
            running: program, ["-d", source], input: Array(script.utf8), inheriting: Self.isInherited, niceness: 5,
            timeLimit: timeLimit)
        guard child.status == 0 else {
            let reason = Self.reason(in: child.messages) ?? "it ended with status \(child.status)"
            throw .failed(program: program, reason: reason)
        }
        return child.output
    }

    /// Whether gnuplot and its libraries get an environment variable: those for files, fonts and languages.
    ///
    /// `GNUTERM`, `DISPLAY` and gnuplot's own variables can make it fail, and the script sets everything that they
    /// would.
    private static func isInherited(_ name: String) -> Bool {
        ["PATH", "HOME", "TMPDIR", "LANG", "LANGUAGE"].contains(name)
            || ["LC_", "LD_", "DYLD_", "XDG_", "FONTCONFIG_"].contains { name.hasPrefix($0) }
    }

    /// The line with the reason; the other lines quote the script, point into it, or warn.
    private static func reason(in messages: String) -> String? {
        let lines = messages.split(whereSeparator: \.isNewline)
            .map { $0.trimmingPrefix(while: \.isWhitespace) }
            .filter { !$0.isEmpty && $0 != "^" && !$0.hasPrefix("gnuplot>") && !$0.lowercased().contains("warning:") }
        // The line is "line 3: ...", or has the name of the script before that.
        let errors = lines.compactMap { line in
            line.firstMatch(of: /\bline \d+: +/).map { line[$0.range.upperBound...] }
        }
        return (errors.first ?? lines.first).map(String.init)
    }
}
