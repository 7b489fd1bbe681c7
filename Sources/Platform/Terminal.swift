/// The terminal at standard error, if there is one.
///
/// Nothing is coloured, so `NO_COLOR` has nothing to turn off.
package enum Terminal {
    /// Whether a line can be drawn again: a terminal that knows escape sequences.
    package static var isCapable: Bool {
        isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(environment("TERM") ?? "")
    }

    /// Columns of the terminal: as it says itself and no more than `COLUMNS`, or else 80.
    ///
    /// Asked anew each time, so that it follows a resize.
    package static var columns: Int {
        var size = winsize()
        _ = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size)
        return [Int(size.ws_col), environment("COLUMNS").flatMap { Int($0) } ?? 0].filter { $0 > 0 }.min() ?? 80
    }
}

/// The value of an environment variable; nil where it is not set.
package func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
