import Synchronization

/// The three files that every process begins with.
package enum StandardStreams {
    /// Makes them safe to use; to be called before anything else is opened.
    ///
    /// A reader that goes away is an error of the write and no signal. Those that are closed are opened on `/dev/null`, for
    /// reading only: no other file gets their numbers, and writing to them stays an error.
    package static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDONLY)
        }
    }
}

/// Standard output: results, and nothing else.
package enum StandardOutput {
    /// Writes a line.
    ///
    /// - Throws: ``FileError`` where the line can't be written, also because the reader has gone away.
    package static func write(_ line: String) throws(FileError) {
        try naming("standard output", doing: "written") { () throws(SystemError) in
            try Platform.write(Array("\(line)\n".utf8), to: STDOUT_FILENO)
        }
    }
}

/// Standard error: what a person may want to know.
///
/// That it can't be written is no reason to stop, so nothing here fails.
package enum StandardError {
    /// Whether the last line is one that the next takes the place of.
    private static let isLineDrawn = Atomic(false)

    /// What takes a drawn line away: to its beginning, then cleared to its end.
    private static let clearing = "\r\u{1B}[K"

    /// Writes a line that stays, in the place of a drawn one.
    package static func write(_ line: String) {
        output("\(takeLine())\(line)\n")
    }

    /// Draws a line that the next one takes the place of; only where ``Terminal/isCapable``.
    package static func draw(_ line: String) {
        isLineDrawn.store(true, ordering: .relaxed)
        output("\r\(line)\u{1B}[K")
    }

    /// Takes a drawn line away.
    package static func clear() {
        output(takeLine())
    }

    /// Writes a line, unless the reader makes writers wait.
    static func writeAtOnce(_ line: String) {
        var events = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        if poll(&events, 1, 1000) > 0 { write(line) }
    }

    private static func takeLine() -> String {
        isLineDrawn.exchange(false, ordering: .relaxed) ? clearing : ""
    }

    private static func output(_ text: String) {
        try? Platform.write(Array(text.utf8), to: STDERR_FILENO)
    }
}
