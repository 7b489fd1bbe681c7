/// The operating system that runs the program.
package enum OperatingSystem {
    /// The name of the distribution, where there are such names, and the kernel with its release and architecture.
    package static var description: String {
        var kernel = utsname()
        uname(&kernel)
        let words = [text(kernel.sysname), text(kernel.release), text(kernel.machine)].joined(separator: " ")
        return distribution.map { "\($0), \(words)" } ?? words
    }

    /// The name in the file that distributions of Linux have.
    private static var distribution: String? {
        let bytes = (try? InputFile.read("/etc/os-release")) ?? []
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return line.map { $0.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } }
    }

    /// The text of an array of characters that C declares with a fixed length.
    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
