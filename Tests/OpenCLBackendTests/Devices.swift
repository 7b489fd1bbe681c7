import Backend
import Foundation
import OpenCLBackend

/// The devices of this machine.
///
/// Without a device the tests are skipped visibly; in CI this is a failure.
let devices = OpenCLBackendProvider().devices().compactMap { listing in
    if case .usable(let device) = listing { device as? OpenCLDevice } else { nil }
}
let isWorthRunning = !devices.isEmpty || ProcessInfo.processInfo.environment["CI"] == "true"
