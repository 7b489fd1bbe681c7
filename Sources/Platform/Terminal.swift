/// The terminal at standard error, if there is one.
package enum Terminal {
    /// Whether a line can be drawn again: a terminal that knows escape sequences.
    package static var isCapable: Bool {
        isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(environment("TERM") ?? "")
    }

    /// Columns of the terminal: as it says itself, otherwise `COLUMNS`, otherwise 80.
    ///
    /// Asked anew each time, so that it follows a resize.
    package static var columns: Int {
        var size = winsize()
        if ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
    }
}

/// The value of an environment variable; nil where it is not set.
package func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
