import Backend
import Backends
import Foundation
import ReferenceBackend
import Synchronization
import Testing

/// A backend that the suite runs on, made when a test first needs it and kept for the others.
final class BackendUnderTest: Sendable, CustomTestStringConvertible {
    let name: String
    private let make: @Sendable () throws -> any Backend
    private let instance = Mutex<(any Backend)?>(nil)

    init(_ name: String, make: @escaping @Sendable () throws -> any Backend) {
        self.name = name
        self.make = make
    }

    /// Every backend and every OpenCL device of this machine, and the reference rounded to fp32, which has to meet
    /// the tolerances too.
    ///
    /// `RESNET_BO_TEST_ONLY` leaves those whose name contains it: another OpenCL driver needs no second run of the rest.
    static let all: [BackendUnderTest] = {
        let wanted = ProcessInfo.processInfo.environment["RESNET_BO_TEST_ONLY"] ?? ""
        return wanted.isEmpty ? everyone : everyone.filter { $0.name.contains(wanted) }
    }()

    private static let everyone: [BackendUnderTest] = {
        let reference = BackendUnderTest("reference") { ReferenceBackend(.single) }
        do {
            return [reference]
                + (try BackendList.everyBackend()).map { entry in
                    BackendUnderTest(entry.name) { try entry.make() }
                }
        } catch {
            // A test that needs the list fails with what went wrong.
            return [reference, BackendUnderTest("list of backends") { throw error }]
        }
    }()

    var testDescription: String { name }

    /// Whether the device is a software rasteriser, which gets the small cases only.
    var isSlow: Bool { name.contains("llvmpipe") }

    /// Runs `body` on the backend, one caller at a time.
    func use<Result: Sendable>(_ body: (any Backend) throws -> Result) throws -> Result {
        try instance.withLock { instance in
            let backend = try instance ?? make()
            instance = backend
            return try body(backend)
        }
    }
}
