import Backend
import ReferenceBackend
import Testing

/// A backend that the network is tested on.
struct BackendUnderTest: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable () throws -> any Backend

    /// Every backend and every OpenCL device of this machine, and the reference rounded to fp32.
    static let all: [BackendUnderTest] =
        [BackendUnderTest(name: "reference") { ReferenceBackend(.single) }]

    var testDescription: String { name }
}
