import Foundation
import Reporting

/// A program of the name gnuplot in a folder of its own, for one test.
final class FakeGnuplot {
    /// Hands what is to be drawn to the real one.
    static let drawing = #"printf '%s\n' "$script" | gnuplot -d -"#

    /// One file for all: a file that was written this moment may still be open in a child of another test, and is no program
    /// until that is over.
    private static let program: String = {
        let path = NSTemporaryDirectory() + "/fake-gnuplot-\(getpid())"
        try? "#!/bin/sh\nscript=$(cat)\n. \"$0.sh\"\n".write(toFile: path, atomically: true, encoding: .utf8)
        try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        atexit { unlink(FakeGnuplot.program) }
        return path
    }()

    private let folder = NSTemporaryDirectory() + "/gnuplot-" + UUID().uuidString

    /// The path of the program.
    var path: String { folder + "/gnuplot" }

    var gnuplot: Gnuplot { Gnuplot(program: path) }

    /// - Parameter script: What it does, for the shell; `$script` is what is to be drawn.
    init(_ script: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try replace(by: script)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Has it do something else from now on.
    func replace(by script: String) throws {
        try script.write(toFile: path + ".sh", atomically: true, encoding: .utf8)
        try? FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: Self.program)
    }

    /// The contents of a file that it has written beside itself.
    func contents(_ suffix: String) throws -> String {
        try String(contentsOfFile: path + suffix, encoding: .utf8)
    }
}
