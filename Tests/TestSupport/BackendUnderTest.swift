package import Backend
import Backends
import Foundation
import ParityCases
import ReferenceBackend
import Synchronization
import Testing

/// A backend that tests run on.
package final class BackendUnderTest: Sendable, CustomTestStringConvertible {
    package let name: String
    /// Opens the backend.
    package let make: @Sendable () throws -> any Backend
    private let instance = Mutex<(any Backend)?>(nil)

    init(_ name: String, make: @escaping @Sendable () throws -> any Backend) {
        self.name = name
        self.make = make
    }

    /// Every backend and every OpenCL device of this machine, and the reference rounded to fp32, which must meet the
    /// tolerances too.
    ///
    /// `RESNET_BO_TEST_ONLY` selects the backends whose names contain it, to test another OpenCL driver alone.
    package static let all: [BackendUnderTest] = {
        let wanted = ProcessInfo.processInfo.environment["RESNET_BO_TEST_ONLY"] ?? ""
        return wanted.isEmpty ? everyone : everyone.filter { $0.name.contains(wanted) }
    }()

    /// A device that its driver fails to describe is in the list too, and fails the tests.
    private static let everyone =
        [BackendUnderTest("reference") { ReferenceBackend(.single) }]
        + DeviceList().devices.map { entry in BackendUnderTest(entry.name) { try entry.make() } }

    package var testDescription: String { name }

    /// Whether the device is a software rasteriser, which runs only the small cases.
    package var isSlow: Bool { DeviceDescription.isSoftwareRasterizer(name) }

    /// Runs `body` on the backend, one caller at a time; the first one opens it, and the others reuse it.
    package func use<Result: Sendable>(_ body: (any Backend) throws -> Result) throws -> Result {
        try instance.withLock { instance in
            let backend = try instance ?? make()
            instance = backend
            return try body(backend)
        }
    }
}
