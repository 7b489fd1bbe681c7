import Foundation
import Platform
import Testing

/// The tests run in child processes whose standard error is a pseudo terminal.
@Suite("Terminal") struct TerminalTests {
    struct Case: Codable, CustomTestStringConvertible, Sendable {
        var term: String?
        var columns: String?
        var width: UInt16
        var isCapable = true
        var expected: Int
        var testDescription: String { "TERM \(term ?? "unset"), COLUMNS \(columns ?? "unset"), \(width) wide" }
    }

    @Test(
        "Width and abilities",
        arguments: [
            Case(term: "xterm", width: 80, expected: 80), Case(term: "xterm", width: 132, expected: 132),
            Case(term: "xterm", columns: "40", width: 80, expected: 40),
            Case(term: "xterm", columns: "200", width: 80, expected: 80),
            Case(term: "xterm", columns: "50", width: 0, expected: 50), Case(term: "xterm", width: 0, expected: 80),
            Case(term: "xterm", columns: "x", width: 0, expected: 80),
            Case(term: "xterm", columns: "-3", width: 0, expected: 80),
            Case(term: "dumb", width: 80, isCapable: false, expected: 80),
            Case(term: "", width: 80, isCapable: false, expected: 80),
            Case(term: nil, width: 80, isCapable: false, expected: 80),
        ])
    func width(_ terminal: Case) async {
        await #expect(processExitsWith: .success) { [terminal = terminal as Case] in
            // TIOCSPTLCK and TIOCGPTN of Linux replace `grantpt`, which Swift does not import.
            let main = open("/dev/ptmx", O_RDWR | O_NOCTTY)
            var (unlocked, number) = (Int32(0), Int32(0))
            try #require(ioctl(main, 0x4004_5431, &unlocked) == 0 && ioctl(main, 0x8004_5430, &number) == 0)
            let name = "/dev/pts/\(number)"
            let standardError = dup(STDERR_FILENO)
            let line = open(name, O_RDWR | O_NOCTTY)
            for (name, value) in [("TERM", terminal.term), ("COLUMNS", terminal.columns)] {
                if let value { setenv(name, value, 1) } else { unsetenv(name) }
            }
            var size = winsize(ws_row: 24, ws_col: terminal.width, ws_xpixel: 0, ws_ypixel: 0)
            try #require(ioctl(main, UInt(TIOCSWINSZ), &size) == 0)
            dup2(line, STDERR_FILENO)
            let found = (Terminal.isCapable, Terminal.columns)
            size.ws_col = 33
            try #require(ioctl(main, UInt(TIOCSWINSZ), &size) == 0)
            let resized = Terminal.columns
            dup2(standardError, STDERR_FILENO)
            #expect(found == (terminal.isCapable, terminal.expected))
            #expect(resized == 33)
        }
    }

    @Test("A file is no terminal")
    func file() async {
        await #expect(processExitsWith: .success) {
            setenv("TERM", "xterm", 1)
            dup2(open("/dev/null", O_RDWR), STDERR_FILENO)
            try #require(!Terminal.isCapable)
        }
    }
}
