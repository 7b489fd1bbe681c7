import Synchronization

/// The three standard streams of a process.
package enum StandardStreams {
    /// Makes the streams safe to use; call it before anything else is opened.
    ///
    /// A write to a stream without a reader is then an error instead of a signal. Closed streams are opened on
    /// `/dev/null`, for reading only: no other file gets their numbers, and writing to them remains an error.
    package static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDONLY)
        }
    }
}

/// Standard output, which is for results only.
package enum StandardOutput {
    /// Writes a line.
    ///
    /// - Throws: ``FileError`` if the line can't be written, also because there is no reader.
    package static func write(_ line: String) throws(FileError) {
        try naming("standard output", doing: "written") { () throws(SystemError) in
            try Platform.write(Array("\(line)\n".utf8), to: STDOUT_FILENO)
        }
    }

    /// Writes a line, unless that would block for more than a second; a failure is ignored.
    static func writeAtOnce(_ line: String) {
        if canWrite(to: STDOUT_FILENO) { try? write(line) }
    }
}

/// Whether a stream accepts text, within a second.
private func canWrite(to stream: CInt) -> Bool {
    var events = pollfd(fd: stream, events: Int16(POLLOUT), revents: 0)
    return poll(&events, 1, 1000) > 0
}

/// Standard error, which is for messages and progress.
///
/// A failure to write to it is ignored, because it is no reason to stop.
package enum StandardError {
    /// Whether the last line is one that the next one replaces.
    private static let isLineDrawn = Atomic(false)

    /// The control sequence that removes a drawn line.
    private static let clearing = "\r\u{1B}[K"

    /// Writes a permanent line, in place of a drawn one.
    package static func write(_ line: String) {
        output("\(takeLine())\(line)\n")
    }

    /// Draws a line that the next one replaces; only if ``Terminal/isCapable``.
    package static func draw(_ line: String) {
        isLineDrawn.store(true, ordering: .relaxed)
        output("\r\(line)\u{1B}[K")
    }

    /// Removes a drawn line.
    package static func clear() {
        output(takeLine())
    }

    /// Writes a line, unless that would block for more than a second.
    static func writeAtOnce(_ line: String) {
        if canWrite(to: STDERR_FILENO) { write(line) }
    }

    private static func takeLine() -> String {
        isLineDrawn.exchange(false, ordering: .relaxed) ? clearing : ""
    }

    private static func output(_ text: String) {
        try? Platform.write(Array(text.utf8), to: STDERR_FILENO)
    }
}
