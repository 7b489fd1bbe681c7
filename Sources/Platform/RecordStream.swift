/// A record on standard output, line by line, that SIGINT and SIGTERM finish.
///
/// They cut no line, and write a last one instead of that of ``end(_:)``.
package enum RecordStream {
    /// Begins the record.
    ///
    /// - Parameter interrupted: The last line after a signal, from its name.
    package static func begin(interrupted: @escaping @Sendable (_ signal: String) -> String) {
        Interruption.setLastLine(interrupted)
    }

    /// Writes a line.
    ///
    /// - Throws: ``FileError``, as ``StandardOutput/write(_:)``.
    package static func write(_ line: String) throws(FileError) {
        try Interruption.deferred { () throws(FileError) in try StandardOutput.write(line) }
    }

    /// Writes the last line.
    ///
    /// - Throws: ``FileError``, as ``StandardOutput/write(_:)``.
    package static func end(_ line: String) throws(FileError) {
        try Interruption.deferred { () throws(FileError) in
            Interruption.setLastLine(nil)
            try StandardOutput.write(line)
        }
    }
}
