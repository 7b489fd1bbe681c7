import Backend
import Backends
import ReferenceBackend
import Testing

/// A backend that the network is tested on.
struct BackendUnderTest: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable () throws -> any Backend

    /// Every backend and every OpenCL device of this machine, and the reference rounded to fp32.
    static let all: [BackendUnderTest] = {
        let reference = BackendUnderTest(name: "reference") { ReferenceBackend(.single) }
        do {
            return [reference]
                + (try BackendList.everyBackend()).map { entry in
                    BackendUnderTest(name: entry.name) { try entry.make() }
                }
        } catch {
            // A test that needs the list fails with what went wrong.
            return [reference, BackendUnderTest(name: "list of backends") { throw error }]
        }
    }()

    var testDescription: String { name }
}
