import Platform

/// Standard output for results, standard error for everything else.
enum Console {
    /// Writes a line of results.
    static func print(_ line: String) throws(FileError) { try StandardOutput.write(line) }

    /// Writes a line for a person.
    static func note(_ line: String) { StandardError.write(line) }

    /// Ends the program with one line on standard error.
    static func fail(_ message: String, code: Int32 = 1) -> Never {
        // Names of files may hold anything.
        let isControl = { (character: Character) in
            character.isNewline || character.asciiValue.map { $0 < 0x20 } == true
        }
        note("resnet-bo: \(message.split(whereSeparator: isControl).joined(separator: " "))")
        exit(code)
    }
}
