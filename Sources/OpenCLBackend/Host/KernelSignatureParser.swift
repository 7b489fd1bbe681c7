/// Finds the signatures of kernels among the tokens of a program.
struct KernelSignatureParser {
    private let tokens: [OpenCLToken]
    private var position = 0

    private static let kernelWords: Set = ["__kernel", "kernel"]
    private static let attribute = "__attribute__"

    init(tokens: [OpenCLToken]) {
        self.tokens = tokens
    }

    /// The next kernel; nil after the last one.
    mutating func next() throws(KernelSignatureError) -> KernelSignature? {
        while let token = take() {
            switch token {
            case .word(let word) where Self.kernelWords.contains(word): return try kernel()
            case .directive(let words) where words.first == "define" && !Self.kernelWords.isDisjoint(with: words):
                throw KernelSignatureError("a macro makes a kernel: \(words.joined(separator: " "))")
            default: continue
            }
        }
        return nil
    }

    private var upcoming: OpenCLToken? { position < tokens.count ? tokens[position] : nil }

    private mutating func take() -> OpenCLToken? {
        defer { position += 1 }
        return upcoming
    }

    /// The rest of a kernel's head, after `__kernel`.
    private mutating func kernel() throws(KernelSignatureError) -> KernelSignature {
        // Attributes, and macros in their place.
        while upcoming != .word("void") {
            guard case .word(let word) = take() else { throw KernelSignatureError("a kernel does not return void") }
            if upcoming == .symbol("(") { _ = try group(of: word) }
        }
        position += 1
        while case .word(let name) = upcoming {
            position += 1
            guard upcoming == .symbol("(") else { continue }
            let contents = try group(of: name)
            switch upcoming {
            case .word:
                // It was an attribute.
                continue
            case .symbol("{"), .symbol(";"):
                guard name != Self.attribute else { throw KernelSignatureError("a kernel has no name") }
                return try KernelSignature(name: name, declared: parameters(contents, of: name))
            default:
                throw KernelSignatureError("its parameters are followed by neither '{' nor ';'", kernel: name)
            }
        }
        throw KernelSignatureError("a kernel has no name")
    }

    /// The tokens between two parentheses.
    private mutating func group(of name: String) throws(KernelSignatureError) -> [OpenCLToken] {
        position += 1
        var contents: [OpenCLToken] = []
        var depth = 1
        while let token = take() {
            switch token {
            case .symbol("("): depth += 1
            case .symbol(")"): depth -= 1
            case .directive(let words):
                throw KernelSignatureError("#\(words.joined(separator: " ")) is inside the signature", kernel: name)
            default: break
            }
            if depth == 0 { return contents }
            contents.append(token)
        }
        throw KernelSignatureError("a parenthesis is not closed", kernel: name)
    }

    private func parameters(
        _ contents: [OpenCLToken], of kernel: String
    ) throws(KernelSignatureError) -> [(name: String, kind: KernelSignature.Kind)] {
        if contents.isEmpty || contents == [.word("void")] { return [] }
        var declared: [(name: String, kind: KernelSignature.Kind)] = []
        for tokens in contents.split(separator: .symbol(","), omittingEmptySubsequences: false) {
            do throws(KernelSignatureError) {
                declared.append(try KernelParameter.read(Array(tokens)))
            } catch {
                throw KernelSignatureError("parameter \(declared.count + 1): \(error.reason)", kernel: kernel)
            }
        }
        return declared
    }
}

/// The declaration of a parameter.
private enum KernelParameter {
    private static let qualifiers: Set = ["const", "restrict", "__restrict", "__restrict__", "volatile"]
    private static let global: Set = ["global", "__global"]
    private static let privateMemory: Set = ["private", "__private"]
    private static let otherMemory: Set = ["local", "__local", "constant", "__constant", "generic", "__generic"]
    private static let types: Set = [
        "void", "bool", "char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "float", "double", "half",
        "signed", "unsigned", "size_t",
    ]

    static func read(_ tokens: [OpenCLToken]) throws(KernelSignatureError) -> (name: String, kind: KernelSignature.Kind)
    {
        var words: [String] = []
        for token in tokens {
            switch token {
            case .word(let word): words.append(word)
            case .symbol("*"): words.append("*")
            default: throw KernelSignatureError("an array, a function, an attribute or a macro")
            }
        }
        words.removeAll(where: qualifiers.contains)
        guard let star = words.firstIndex(of: "*") else {
            words.removeAll(where: privateMemory.contains)
            guard words.count == 2 else {
                throw KernelSignatureError("'\(words.joined(separator: " "))' is no type and name")
            }
            switch words[0] {
            case "int": return (try name(words[1]), .int)
            case "float": return (try name(words[1]), .float)
            default: throw KernelSignatureError("the type \(words[0])")
            }
        }
        let (type, rest) = (words[..<star], words[(star + 1)...])
        guard rest.count == 1, let last = rest.first else {
            throw KernelSignatureError("a pointer to '\(rest.joined(separator: " "))'")
        }
        guard type.contains(where: global.contains), !type.contains(where: otherMemory.contains),
            type.contains(where: { !global.contains($0) })
        else { throw KernelSignatureError("a pointer that is not to global memory") }
        return (try name(last), .buffer)
    }

    private static func name(_ word: String) throws(KernelSignatureError) -> String {
        guard !types.contains(word), !otherMemory.contains(word), !global.contains(word), word != "*",
            word.first?.isNumber == false
        else { throw KernelSignatureError("'\(word)' is no name") }
        return word
    }
}
