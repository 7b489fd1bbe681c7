import Foundation
import Reporting
import TestSupport

/// A program named gnuplot in a temporary folder, for one test.
final class FakeGnuplot {
    /// A script that passes its input to the real gnuplot.
    static let drawing = #"printf '%s\n' "$script" | gnuplot -d -"#

    /// All tests share one executable: the system can't run a file that is still open for writing in a child of another
    /// test.
    private static let program: String = {
        let path = NSTemporaryDirectory() + "/fake-gnuplot-\(getpid())"
        try? "#!/bin/sh\nscript=$(cat)\n. \"$0.sh\"\n".write(toFile: path, atomically: true, encoding: .utf8)
        try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        atexit { unlink(FakeGnuplot.program) }
        return path
    }()

    private let folder: TemporaryFolder

    /// The path of the program.
    var path: String { folder.path("gnuplot") }

    var gnuplot: Gnuplot { Gnuplot(program: path) }

    /// - Parameter script: The commands of the shell; `$script` is the input to draw.
    init(_ script: String) throws {
        folder = try TemporaryFolder()
        try replace(by: script)
    }

    /// Replaces the commands.
    func replace(by script: String) throws {
        try script.write(toFile: path + ".sh", atomically: true, encoding: .utf8)
        try? FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: Self.program)
    }

    /// The contents of a file that the program has written beside itself.
    func contents(_ suffix: String) throws -> String {
        try String(contentsOfFile: path + suffix, encoding: .utf8)
    }
}
