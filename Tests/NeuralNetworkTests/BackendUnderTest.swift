import Backend
import Backends
import Foundation
import ReferenceBackend
import Testing

/// A backend that the network is tested on.
struct BackendUnderTest: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable () throws -> any Backend

    /// Every backend and every OpenCL device of this machine, and the reference rounded to fp32.
    ///
    /// `RESNET_BO_TEST_ONLY` selects the backends whose names contain it.
    static let all: [BackendUnderTest] = {
        let wanted = ProcessInfo.processInfo.environment["RESNET_BO_TEST_ONLY"] ?? ""
        return wanted.isEmpty ? everyone : everyone.filter { $0.name.contains(wanted) }
    }()

    private static let everyone =
        [BackendUnderTest(name: "reference") { ReferenceBackend(.single) }]
        + DeviceList().devices.map { entry in BackendUnderTest(name: entry.name) { try entry.make() } }

    var testDescription: String { name }
}
