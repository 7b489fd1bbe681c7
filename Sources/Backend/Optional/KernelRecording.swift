/// A backend whose operations launch kernels, which it can record and time.
package protocol KernelRecording: Backend {
    /// The complete source of each kernel program, by the name of its file.
    static var kernelPrograms: [String: String] { get }

    /// The launches while `body` runs.
    func recordedLaunches(_ body: () throws -> Void) throws -> [RecordedLaunch]

    /// A backend on the same device that processes all models of a step at once, as on a GPU.
    ///
    /// - Parameter isProfiling: whether ``kernelSeconds(_:)`` works on the result.
    func makeUndivided(isProfiling: Bool) throws(BackendError) -> Self

    /// The duration of each kernel in seconds by the device's clock while `body` runs, by the kernel's name.
    ///
    /// - Precondition: the backend was made for profiling.
    func kernelSeconds(_ body: () throws -> Void) throws -> [String: Double]

    /// Launches the kernel that measures the device's peak once, with little work.
    func launchPeak() throws(BackendError)
}

/// A recorded kernel launch, with its work.
package struct RecordedLaunch: Sendable, Encodable {
    /// The kernel's name.
    package var kernel: String
    /// The kernel file and the compiler options with its macros.
    package var file: String
    package var options: String
    package var workGroups: Int
    /// The work-group size.
    package var workItems: Int
    /// Floating-point operations; multiplications and additions count separately.
    package var flops: Int
    /// The least number of bytes that must be read from or written to the device's memory.
    package var bytes: Int

    package init(
        kernel: String, file: String, options: String, workGroups: Int, workItems: Int, flops: Int, bytes: Int
    ) {
        self.kernel = kernel
        self.file = file
        self.options = options
        self.workGroups = workGroups
        self.workItems = workItems
        self.flops = flops
        self.bytes = bytes
    }
}
