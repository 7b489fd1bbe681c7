import Glibc

/// The plotting program gnuplot (http://www.gnuplot.info), run as a child process.
package struct Gnuplot: Sendable {
    /// The name of the program, or its path.
    private let program: String

    /// gnuplot as the search path finds it.
    ///
    /// - Parameter program: Another name or path of the program.
    package init(program: String = "gnuplot") {
        self.program = program
    }

    /// Checks that the program is there and runs.
    ///
    /// To be called before long work whose result is to be plotted.
    ///
    /// - Throws: ``GnuplotError``.
    package func checkInstalled() throws(GnuplotError) {
        _ = try run("")
    }

    /// Runs a script.
    ///
    /// The streams of the child are files without a name, not pipes: neither side ever waits for the other, a child that
    /// stops reading does not raise a signal here, and nothing is left behind.
    ///
    /// - Parameter script: Commands that make the program draw to its standard output.
    /// - Returns: What was drawn.
    /// - Throws: ``GnuplotError``.
    package func run(_ script: String) throws(GnuplotError) -> [UInt8] {
        let input = try AnonymousFile(Array(script.utf8))
        let output = try AnonymousFile()
        let messages = try AnonymousFile()
        let status = try wait(for: try spawn(input: input, output: output, messages: messages))

        let text = String(decoding: try messages.contents(), as: UTF8.self)
        switch status {
        case 0: return try output.contents()
        // What a shell, and some implementations of posix_spawn, answer where there is no such program.
        case 127: throw .notInstalled(program: program)
        default: throw .failed(program: program, message: Self.summary(of: text, status: status))
        }
    }

    private func spawn(
        input: borrowing AnonymousFile, output: borrowing AnonymousFile, messages: borrowing AnonymousFile
    ) throws(GnuplotError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, standard) in [(input.descriptor, 0), (output.descriptor, 1), (messages.descriptor, 2)] {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(standard))
        }

        // Without the user's own settings (-d), reading from standard input (-).
        let words = [program, "-d", "-"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { word in strdup(word) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        let status = posix_spawnp(&child, program, &actions, nil, &arguments, environ)
        switch status {
        case 0: return child
        case ENOENT: throw .notInstalled(program: program)
        default: throw .failed(program: program, message: String(cString: strerror(status)))
        }
    }

    /// Waits until the child ends.
    ///
    /// - Returns: Its exit status, or 128 plus the number of the signal that killed it, as shells have it.
    private func wait(for child: pid_t) throws(GnuplotError) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw .failed(program: program, message: String(cString: strerror(errno))) }
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    /// The line of gnuplot's messages that tells what is wrong; the others quote the script and point into it.
    private static func summary(of messages: String, status: Int32) -> String {
        let lines = messages.split(separator: "\n").map { $0.trimmingPrefix { $0.isWhitespace } }.filter { !$0.isEmpty }
        return lines.last.map(String.init) ?? "it ended with status \(status)"
    }
}
