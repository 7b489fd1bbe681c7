/// The program that runs.
package enum Executable {
    /// The path of its file; where the system does not tell it, the name by which it was called.
    package static var path: String {
        #if os(Linux)
            var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
            // The last byte stays zero.
            let length = readlink("/proc/self/exe", &bytes, bytes.count - 1)
            if length > 0 { return String(decoding: bytes[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self) }
        #endif
        return CommandLine.arguments[0]
    }
}
