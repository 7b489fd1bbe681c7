package import Backend
import CPUBackend
import OpenCLBackend

/// The backends of this program: the only place that names one.
package enum BackendList {
    /// One provider for each backend, in the order in which `auto` and `--device` look at them.
    package static let providers: [any BackendProvider] = [
        CPUBackendProvider(),
        OpenCLBackendProvider(),
    ]
}
