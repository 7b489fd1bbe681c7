/// What can go wrong in a backend: what was wrong, in which operation, and what to do about it.
package enum BackendError: Error, Equatable, CustomStringConvertible {
    /// A caller's shapes do not fit together. A mistake in the program, not in the user's input.
    case shapeMismatch(operation: String, expected: String, found: String)
    /// Training batch norm met a channel with a single value, whose variance is not defined. PyTorch refuses it too.
    case singleValuePerChannel(operation: String, model: Int)
    /// The memory of the device does not hold what was asked for.
    case outOfMemory(device: String, requestedBytes: Int, detail: String)
    /// The backend can't run on this machine: no such device, a missing processor feature, a kernel that won't build.
    case unavailable(backend: String, reason: String)
    /// The device or its driver failed in an operation.
    case deviceFailure(device: String, operation: String, detail: String)

    package var description: String {
        switch self {
        case .shapeMismatch(let operation, let expected, let found):
            "\(operation): expected \(expected), found \(found)"
        case .singleValuePerChannel(let operation, let model):
            "\(operation): model \(model) has one value a channel; training batch norm needs at least two. "
                + "Use a larger batch, or a number of samples that leaves no single one over"
        case .outOfMemory(let device, let requestedBytes, let detail):
            "out of memory on \(device): could not get \(requestedBytes) bytes (\(detail)). "
                + "Use a smaller batch or train fewer models at once"
        case .unavailable(let backend, let reason):
            "the \(backend) backend can't be used: \(reason)"
        case .deviceFailure(let device, let operation, let detail):
            "\(operation) failed on \(device): \(detail)"
        }
    }
}
