/// The backend that the user requests.
package enum BackendChoice: String, Sendable, CaseIterable {
    /// An OpenCL GPU if there is one, otherwise the CPU backend.
    case auto
    case cpu
    case opencl
}

/// The backend and the device that the user requests.
package struct BackendRequest: Sendable, Equatable {
    package var choice: BackendChoice
    /// An OpenCL device: its index in the list or a part of its name.
    ///
    /// With a device, `auto` means `opencl`.
    package var device: String?
    /// The number of threads of the CPU backend; nil for all cores.
    package var threads: Int?

    package init(_ choice: BackendChoice = .auto, device: String? = nil, threads: Int? = nil) {
        self.choice = choice
        self.device = device
        self.threads = threads
    }
}
