import Backend
import Backends
import Foundation
import ReferenceBackend
import Synchronization
import Testing

/// A backend that the suite runs on.
///
/// The first test that needs it opens it, and the other tests reuse it.
final class BackendUnderTest: Sendable, CustomTestStringConvertible {
    let name: String
    private let make: @Sendable () throws -> any Backend
    private let instance = Mutex<(any Backend)?>(nil)

    init(_ name: String, make: @escaping @Sendable () throws -> any Backend) {
        self.name = name
        self.make = make
    }

    /// Every backend and every OpenCL device of this machine, and the reference rounded to fp32, which must meet the
    /// tolerances too.
    ///
    /// `RESNET_BO_TEST_ONLY` selects the backends whose names contain it, to test another OpenCL driver alone.
    static let all: [BackendUnderTest] = {
        let wanted = ProcessInfo.processInfo.environment["RESNET_BO_TEST_ONLY"] ?? ""
        return wanted.isEmpty ? everyone : everyone.filter { $0.name.contains(wanted) }
    }()

    /// A device that its driver fails to describe is in the list too, and fails the tests.
    private static let everyone =
        [BackendUnderTest("reference") { ReferenceBackend(.single) }]
        + DeviceList().devices.map { entry in BackendUnderTest(entry.name) { try entry.make() } }

    var testDescription: String { name }

    /// Whether the device is a software rasteriser, which runs only the small cases.
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
