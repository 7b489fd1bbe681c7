package import Backend
import Kernels
import OpenCLBackend

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
}

/// The kernel launches of a backend while `body` runs; nil for a backend without kernels.
package func recordedLaunches(
    of backend: any Backend, _ body: () throws -> Void
) throws -> [RecordedLaunch]? {
    guard let opencl = backend as? OpenCLBackend else { return nil }
    return try opencl.recordLaunches(body).map { launch in
        RecordedLaunch(
            kernel: launch.kernel, file: launch.program.source.fileName, options: launch.program.options,
            workGroups: launch.workGroups, workItems: launch.workItems, flops: launch.work.flops,
            bytes: launch.work.bytes)
    }
}

/// A backend on the same device that processes all models of a step at once, as on a GPU; the backend itself if it has no
/// kernels.
package func undivided(_ backend: any Backend) throws -> any Backend {
    try (backend as? OpenCLBackend)?.makeUndivided() ?? backend
}

/// The kernel launches of a step of all models at once, and their durations.
package struct KernelProfile: Sendable {
    /// The launches of a step.
    ///
    /// The first steps are not recorded, because they allocate memory.
    package var launches: [RecordedLaunch]
    /// The seconds of each kernel per step by the device's clock, by the kernel's name: medians of several steps.
    package var seconds: [String: Double]
}

/// Measures the kernels of a step; nil for a backend without kernels.
/// - Parameter makeStep: returns a training step on a backend.
package func kernelProfile(
    of backend: any Backend, makeStep: (any Backend) throws -> () throws -> Void
) throws -> KernelProfile? {
    guard let opencl = backend as? OpenCLBackend else { return nil }
    let profiled = try opencl.makeUndivided(isProfiling: true)
    let step = try makeStep(profiled)
    for _ in 0..<3 { try step() }
    var seconds: [String: [Double]] = [:]
    for _ in 0..<15 {
        for (kernel, time) in try profiled.kernelSeconds(step) { seconds[kernel, default: []].append(time) }
    }
    return KernelProfile(
        launches: try recordedLaunches(of: profiled, step) ?? [],
        seconds: seconds.mapValues { $0.sorted()[$0.count / 2] })
}

/// The complete source of each kernel program, by the name of its file.
package func kernelPrograms() -> [String: String] {
    Dictionary(uniqueKeysWithValues: KernelSource.allCases.map { ($0.fileName, $0.program) })
}
