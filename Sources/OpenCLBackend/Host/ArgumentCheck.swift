package import Backend

/// Checks the arguments of one launch, which are given by name, against a kernel's signature.
///
/// In the order of the signature each of them costs one comparison of short texts. Any other order is allowed.
package struct ArgumentCheck {
    private let signature: KernelSignature
    /// The number of arguments so far.
    private var count = 0
    /// A bit for each parameter that an argument was given for.
    private var given: UInt64 = 0

    package init(_ signature: KernelSignature) {
        self.signature = signature
    }

    /// Checks the next argument.
    ///
    /// - Returns: the index of the argument; of the first one of a slice.
    /// - Throws: `BackendError.shapeMismatch(operation:expected:found:)` for an unknown name, a name that was given before,
    ///   and another kind of value.
    package mutating func accept(
        _ name: String, _ kind: KernelSignature.Kind
    ) throws(BackendError) -> Int {
        let parameters = signature.parameters
        var place = count
        if place >= parameters.count || parameters[place].name != name {
            guard let other = parameters.firstIndex(where: { $0.name == name }) else {
                throw mismatch(expected: "one of \(parameters.map(\.name))", found: "an argument '\(name)'")
            }
            place = other
        }
        count += 1
        guard given & (1 << UInt64(place)) == 0 else {
            throw mismatch(expected: "one argument '\(name)'", found: "two")
        }
        given |= 1 << UInt64(place)
        guard parameters[place].kind == kind else {
            throw mismatch(expected: "\(parameters[place].kind) for the argument '\(name)'", found: "\(kind)")
        }
        return parameters[place].index
    }

    /// Checks that every parameter has its argument.
    ///
    /// - Throws: `BackendError.shapeMismatch(operation:expected:found:)`.
    package func finish() throws(BackendError) {
        // Every argument was for another parameter.
        guard count < signature.parameters.count else { return }
        let missing = signature.parameters.indices.filter { given & (1 << UInt64($0)) == 0 }
        throw mismatch(expected: "the arguments \(missing.map { signature.parameters[$0].name })", found: "none")
    }

    private func mismatch(expected: String, found: String) -> BackendError {
        .shapeMismatch(operation: "launching \(signature.name)", expected: expected, found: found)
    }
}
