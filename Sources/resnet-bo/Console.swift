import Foundation

/// Standard output for results, standard error for everything else.
enum Console {
    /// Writes a line of results.
    static func print(_ line: String) throws {
        try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Writes a line for a person.
    ///
    /// A closed standard error is no reason to stop.
    static func note(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Ends the program with one line on standard error.
    static func fail(_ message: String, code: Int32) -> Never {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        note("resnet-bo: \(line)")
        exit(code == 0 ? 1 : code)
    }

    /// Whether a person looks at standard error.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }
}
