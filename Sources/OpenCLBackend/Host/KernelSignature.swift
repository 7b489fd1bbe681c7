/// The name and the parameters of a kernel.
///
/// They are read from the kernel's source. A driver tells them too, but only with an option of the compiler, and by a call that
/// the program makes nowhere else and that not every loader has.
package struct KernelSignature: Equatable, Sendable {
    /// What can be given for a parameter.
    package enum Kind: Sendable {
        /// Global memory.
        case buffer
        case int
        case float
        /// A slice of parameters: three arguments `x`, `xOffset` and `xStride`, which have the name `x` together.
        case slice
    }

    /// A parameter.
    package struct Parameter: Equatable, Sendable {
        package var name: String
        package var kind: Kind
        /// The index of its argument; of the first one of a slice.
        package var index: Int
    }

    package let name: String
    package let parameters: [Parameter]

    /// The largest number of parameters: ``ArgumentCheck`` has one bit for each.
    private static let maximumParameters = 64

    /// - Parameter declared: the parameters one by one; those of a slice are joined.
    /// - Throws: ``KernelSignatureError`` if there are too many, or two of one name.
    init(name: String, declared: [(name: String, kind: Kind)]) throws(KernelSignatureError) {
        for (index, parameter) in declared.enumerated()
        where declared[..<index].contains(where: { $0.name == parameter.name }) {
            throw KernelSignatureError("two parameters have the name \(parameter.name)", kernel: name)
        }
        guard declared.count <= Self.maximumParameters else {
            throw KernelSignatureError("it has more than \(Self.maximumParameters) parameters", kernel: name)
        }
        self.name = name
        var parameters: [Parameter] = []
        var index = 0
        while index < declared.count {
            let (name, kind) = declared[index]
            let next = declared[index...].dropFirst().prefix(2)
            let isSlice =
                kind == .buffer && next.map(\.name) == ["\(name)Offset", "\(name)Stride"]
                && next.allSatisfy { $0.kind == .int }
            parameters.append(Parameter(name: name, kind: isSlice ? .slice : kind, index: index))
            index += isSlice ? 3 : 1
        }
        self.parameters = parameters
    }

    /// The signatures of all kernels of a program.
    ///
    /// This is no compiler: what it is not sure of is an error. It knows kernels in `#if`, with attributes and with macros in
    /// place of attributes. It does not know parameters that depend on an `#if` or come from a macro.
    /// - Parameter text: OpenCL C.
    package static func all(in text: String) throws(KernelSignatureError) -> [KernelSignature] {
        var parser = KernelSignatureParser(tokens: try OpenCLToken.all(in: text))
        var found: [KernelSignature] = []
        while let signature = try parser.next() {
            // Alternatives of an `#if`, or a declaration and its definition.
            if let other = found.first(where: { $0.name == signature.name }) {
                guard other == signature else {
                    throw KernelSignatureError("it has two different signatures", kernel: signature.name)
                }
            } else {
                found.append(signature)
            }
        }
        return found
    }
}

/// What is wrong with a kernel's signature.
package struct KernelSignatureError: Error, Equatable, CustomStringConvertible {
    package var kernel: String?
    package var reason: String

    init(_ reason: String, kernel: String? = nil) {
        self.reason = reason
        self.kernel = kernel
    }

    package var description: String { kernel.map { "the kernel \($0): \(reason)" } ?? reason }
}
