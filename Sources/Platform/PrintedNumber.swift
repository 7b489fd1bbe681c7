extension Double {
    /// The number as C's `printf` writes it in a format with one conversion, such as `%8.3f`.
    package func printed(_ format: String) -> String {
        withVaList([self]) { arguments in
            var buffer = [CChar](repeating: 0, count: 400)
            vsnprintf(&buffer, buffer.count, format, arguments)
            return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}
