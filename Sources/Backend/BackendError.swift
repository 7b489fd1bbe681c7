/// An error of a backend: the cause, the operation, and what the user can do about it.
package enum BackendError: Error, Equatable, CustomStringConvertible {
    /// The shapes of the arguments do not fit together: a mistake in the program, not in the user's input.
    case shapeMismatch(operation: String, expected: String, found: String)
    /// A channel has a single value in training batch norm, so its variance is undefined. PyTorch rejects it too.
    case singleValuePerChannel(operation: String, model: Int)
    /// The device does not have enough memory for the request.
    case outOfMemory(device: String, requestedBytes: Int, detail: String)
    /// The backend can't run on this machine: no such device, a missing processor feature, a kernel that does not build.
    case unavailable(backend: String, reason: String)
    /// The device or its driver failed in an operation.
    case deviceFailure(device: String, operation: String, detail: String)

    package var description: String {
        switch self {
        case .shapeMismatch(let operation, let expected, let found):
            "\(operation): expected \(expected), found \(found)"
        case .singleValuePerChannel(let operation, let model):
            "\(operation): model \(model) has one value per channel; training batch norm needs at least two. "
                + "Use a larger batch, or a number of samples whose last batch has more than one sample"
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
