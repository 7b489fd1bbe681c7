/// The terminal at standard error, if there is one.
///
/// The program uses no colours, so `NO_COLOR` needs no handling.
package enum Terminal {
    /// Whether standard error is a terminal with escape sequences, on which a line can be drawn again.
    package static var isCapable: Bool {
        isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(environment("TERM") ?? "")
    }

    /// The columns of the terminal, at most `COLUMNS`; 80 if neither is known.
    ///
    /// Every access asks the terminal, so that the value follows a resize.
    package static var columns: Int {
        var size = winsize()
        _ = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size)
        return [Int(size.ws_col), environment("COLUMNS").flatMap { Int($0) } ?? 0].filter { $0 > 0 }.min() ?? 80
    }
}

/// The value of an environment variable; `nil` if it is not set.
package func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
