/// Which backend a person asked for.
package enum BackendChoice: String, Sendable, CaseIterable {
    /// An OpenCL GPU if there is one, otherwise the CPU backend.
    case auto
    case cpu
    case opencl
}

/// What a person asked to run on.
package struct BackendRequest: Sendable, Equatable {
    package var choice: BackendChoice
    /// An OpenCL device, by its index in the listing or by a part of its name.
    ///
    /// Asking for one means OpenCL.
    package var device: String?
    /// Threads of the CPU backend; nil for all cores.
    package var threads: Int?

    package init(_ choice: BackendChoice = .auto, device: String? = nil, threads: Int? = nil) {
        self.choice = choice
        self.device = device
        self.threads = threads
    }
}
