/// A token of OpenCL C, as far as the signatures of kernels need it.
enum OpenCLToken: Equatable {
    /// An identifier, a keyword or a number.
    case word(String)
    /// Any other character; a whole literal in quotation marks is one.
    case symbol(Character)
    /// A line for the preprocessor, with its words.
    case directive([String])

    /// The tokens of a text, without comments.
    static func all(in text: String) throws(KernelSignatureError) -> [OpenCLToken] {
        var scanner = OpenCLScanner(text)
        var tokens: [OpenCLToken] = []
        while let token = try scanner.next() { tokens.append(token) }
        return tokens
    }
}

/// Reads a text token by token.
private struct OpenCLScanner {
    /// The text, with continued lines joined.
    private var bytes: [UInt8] = []
    private var position = 0
    /// Whether only blanks and comments were read since the last end of a line.
    private var isLineStart = true

    private static let newline = UInt8(ascii: "\n")
    private static let backslash = UInt8(ascii: "\\")

    init(_ text: String) {
        for byte in text.utf8 where byte != UInt8(ascii: "\r") {
            if byte == Self.newline, bytes.last == Self.backslash { bytes.removeLast() } else { bytes.append(byte) }
        }
    }

    mutating func next() throws(KernelSignatureError) -> OpenCLToken? {
        try skipBlanks(isStoppedByNewline: false)
        guard position < bytes.count else { return nil }
        guard isLineStart, bytes[position] == UInt8(ascii: "#") else {
            isLineStart = false
            return token()
        }
        position += 1
        var words: [String] = []
        while true {
            try skipBlanks(isStoppedByNewline: true)
            guard position < bytes.count, bytes[position] != Self.newline else { return .directive(words) }
            if case .word(let word) = token() { words.append(word) }
        }
    }

    /// Skips white space and comments.
    private mutating func skipBlanks(isStoppedByNewline: Bool) throws(KernelSignatureError) {
        while position < bytes.count {
            switch bytes[position] {
            case Self.newline:
                if isStoppedByNewline { return }
                isLineStart = true
                position += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"):
                position += 1
            case UInt8(ascii: "/") where follows(UInt8(ascii: "/")):
                while position < bytes.count, bytes[position] != Self.newline { position += 1 }
            case UInt8(ascii: "/") where follows(UInt8(ascii: "*")):
                position += 2
                while bytes[position...].prefix(2) != [UInt8(ascii: "*"), UInt8(ascii: "/")] {
                    guard position < bytes.count else { throw KernelSignatureError("a comment does not end") }
                    position += 1
                }
                position += 2
            default:
                return
            }
        }
    }

    private func follows(_ byte: UInt8) -> Bool { position + 1 < bytes.count && bytes[position + 1] == byte }

    /// The token that begins here.
    private mutating func token() -> OpenCLToken {
        let first = bytes[position]
        let word = bytes[position...].prefix(while: Self.isWord)
        guard word.isEmpty else {
            position = word.endIndex
            return .word(String(decoding: word, as: UTF8.self))
        }
        position += 1
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            while position < bytes.count, bytes[position] != first, bytes[position] != Self.newline {
                position += bytes[position] == Self.backslash ? 2 : 1
            }
            position = min(position + 1, bytes.count)
        }
        return .symbol(Character(Unicode.Scalar(first)))
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
