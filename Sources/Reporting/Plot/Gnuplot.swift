package import Platform

/// The plotting program gnuplot (http://www.gnuplot.info), run as a child process.
package struct Gnuplot: Sendable {
    /// The name of the program, or its path.
    let program: String

    /// gnuplot as the search path finds it.
    ///
    /// - Parameter program: Another name or path of the program.
    package init(program: String = "gnuplot") {
        self.program = program
    }

    /// Runs a script, at a lower priority than this program's.
    ///
    /// - Parameters:
    ///   - script: Commands that make the program draw to its standard output.
    ///   - timeLimit: The longest it may run.
    /// - Returns: What was drawn.
    /// - Throws: `ChildProcessError`, with the line of gnuplot's messages that says what is wrong.
    package func run(_ script: String, timeLimit: Duration = .seconds(60)) throws(ChildProcessError) -> [UInt8] {
        // A file is read in blocks, standard input (-) byte by byte: seconds of a long script. -d: without the user's settings.
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

    /// Whether gnuplot and its libraries may see an environment variable: what says where files, fonts and languages are.
    ///
    /// `GNUTERM`, `DISPLAY` and gnuplot's own variables can stop it, and the script says all that they would.
    private static func isInherited(_ name: String) -> Bool {
        ["PATH", "HOME", "TMPDIR", "LANG", "LANGUAGE"].contains(name)
            || ["LC_", "LD_", "DYLD_", "XDG_", "FONTCONFIG_"].contains { name.hasPrefix($0) }
    }

    /// The line that says what is wrong; the others quote the script, point into it, or warn.
    private static func reason(in messages: String) -> String? {
        let lines = messages.split(whereSeparator: \.isNewline)
            .map { $0.trimmingPrefix(while: \.isWhitespace) }
            .filter { !$0.isEmpty && $0 != "^" && !$0.hasPrefix("gnuplot>") && !$0.lowercased().contains("warning:") }
        // "line 3: ...", or with the name of the script before it.
        let errors = lines.compactMap { line in
            line.firstMatch(of: /\bline \d+: +/).map { line[$0.range.upperBound...] }
        }
        return (errors.first ?? lines.first).map(String.init)
    }
}
