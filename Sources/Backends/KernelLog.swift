package import Backend
import Kernels
import OpenCLBackend

/// A kernel launch that was recorded, with what it has to do.
package struct RecordedLaunch: Sendable {
    /// The kernel's name.
    package var kernel: String
    /// The kernel file and the macros of its compilation.
    package var file: String
    package var options: String
    package var workGroups: Int
    /// Work-items of a work-group.
    package var workItems: Int
    /// Floating-point operations, multiplication and addition counted apart.
    package var flops: Int
    /// Bytes that have to be read from the device's memory or written to it at least once.
    package var bytes: Int
}

/// The kernel launches that a backend makes while `body` runs; nil for a backend without kernels.
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

/// A backend of the same device that takes all models through a step at once, as a GPU does; the backend itself where it has
/// no kernels.
package func undivided(_ backend: any Backend) throws -> any Backend {
    try (backend as? OpenCLBackend)?.makeUndivided() ?? backend
}

/// What the kernels of a step do, all models at once, and how long they take.
package struct KernelProfile: Sendable {
    /// The launches of a step, after the first ones, in which memory is still being found.
    package var launches: [RecordedLaunch]
    /// The seconds that each kernel takes in a step by the device's own clock, by its name, each the median of several steps.
    package var seconds: [String: Double]
}

/// Measures the kernels of a step; nil for a backend without kernels.
/// - Parameter makeStep: makes a step on a backend.
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

/// The whole text that a kernel file is compiled from, by the name of the file.
package func kernelPrograms() -> [String: String] {
    Dictionary(uniqueKeysWithValues: KernelSource.allCases.map { ($0.fileName, $0.program) })
}
