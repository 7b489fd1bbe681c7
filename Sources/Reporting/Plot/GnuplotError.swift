/// Why a picture could not be drawn.
package enum GnuplotError: Error, Equatable, CustomStringConvertible {
    /// There is no such program.
    case notInstalled(program: String)

    /// The program failed; says what it said.
    case failed(program: String, message: String)

    /// A file for the program's input and output could not be made, or was not usable.
    case noTemporaryFile(reason: String)

    /// What went wrong and what to do about it, in one line.
    package var description: String {
        switch self {
        case .notInstalled(let program):
            "can't draw the plots: there is no program \(program); install the Debian package gnuplot-nox"
        case .failed(let program, let message):
            "can't draw the plots: \(program) failed: \(message)"
        case .noTemporaryFile(let reason):
            "can't draw the plots: no temporary file can be used: \(reason); check the space in /tmp"
        }
    }
}
