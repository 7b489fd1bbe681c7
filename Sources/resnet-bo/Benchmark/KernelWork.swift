import Backend

/// A class of GPUs, described by the vendors' specifications.
struct GPUClass: Encodable {
    var name: String
    /// The peak fp32 rate.
    var teraflops: Double
    /// The memory bandwidth.
    var gigabytesPerSecond: Double
    /// The minimum time between two launches.
    var launchMicroseconds: Double

    /// Rounded figures of an integrated GPU of a laptop, a mid-range desktop card, and a data-centre accelerator.
    static let all = [
        GPUClass(name: "laptop", teraflops: 4, gigabytesPerSecond: 100, launchMicroseconds: 10),
        GPUClass(name: "desktop", teraflops: 30, gigabytesPerSecond: 600, launchMicroseconds: 5),
        GPUClass(name: "data centre", teraflops: 60, gigabytesPerSecond: 3000, launchMicroseconds: 5),
    ]

    /// A lower bound of the duration of a launch: the longest of arithmetic, memory access and launching.
    func floorMicroseconds(flops: Int, bytes: Int) -> Double {
        max(Double(flops) / teraflops / 1e6, Double(bytes) / gigabytesPerSecond / 1e3, launchMicroseconds)
    }
}

/// The upper bound of the speed of training with a stack, computed from the launches of a step and not measured.
struct StackFloor: Encodable {
    var stack: Int
    /// The images a second by class of GPU.
    var imagesPerSecond: [String: Double]

    /// The bounds for stacks of 1, 5, 40 and 100.
    ///
    /// The work of a launch is proportional to the number of models, and the number of launches does not depend on it.
    /// - Parameter launches: those of a training step of `stack` models with `batchSize` images each.
    static func list(_ launches: [RecordedLaunch], stack: Int, batchSize: Int) -> [StackFloor] {
        [1, 5, 40, 100].map { size in
            let rates = GPUClass.all.map { gpu in
                let microseconds = launches.reduce(0) {
                    $0 + gpu.floorMicroseconds(flops: $1.flops * size / stack, bytes: $1.bytes * size / stack)
                }
                return (gpu.name, Double(size * batchSize) / microseconds * 1e6)
            }
            return StackFloor(stack: size, imagesPerSecond: Dictionary(uniqueKeysWithValues: rates))
        }
    }
}

/// The work of a kernel in one training step of a stack, and the resulting lower bound of its duration, which is computed
/// from the shapes and not measured.
struct KernelFloor: Encodable {
    var kernel: String
    var launches = 0
    /// Floating-point operations.
    ///
    /// Multiplications and additions count separately; padding is included.
    var flops = 0
    /// The least number of bytes that must be read from or written to memory.
    var bytes = 0
    /// The lower bound by class of GPU.
    var floorMicroseconds: [String: Double] = [:]

    /// The kernels of some launches, in the order of their first launches.
    static func list(_ launches: [RecordedLaunch]) -> [KernelFloor] {
        var kernels: [String] = []
        for launch in launches where !kernels.contains(launch.kernel) { kernels.append(launch.kernel) }
        return kernels.map { kernel in
            KernelFloor(sumOf: launches.filter { $0.kernel == kernel }.map(KernelFloor.init), named: kernel)
        }
    }
}

extension KernelFloor {
    /// The work of a launch.
    init(_ launch: RecordedLaunch) {
        let floors = GPUClass.all.map { ($0.name, $0.floorMicroseconds(flops: launch.flops, bytes: launch.bytes)) }
        self.init(
            kernel: launch.kernel, launches: 1, flops: launch.flops, bytes: launch.bytes,
            floorMicroseconds: Dictionary(uniqueKeysWithValues: floors))
    }

    /// The work of several kernels or launches together.
    init(sumOf works: [KernelFloor], named name: String) {
        self.init(kernel: name)
        for work in works {
            launches += work.launches
            flops += work.flops
            bytes += work.bytes
            floorMicroseconds.merge(work.floorMicroseconds) { $0 + $1 }
        }
    }
}

/// The duration of a kernel's launches in one training step by the device's clock.
struct KernelTime: Encodable {
    var kernel: String
    var milliseconds: Double
    /// The rate of the floating-point operations in ``KernelFloor/flops``.
    var gflops: Double
    /// `gflops` as a fraction of the peak rate of the device.
    var peakFraction: Double?
    /// The rate of the bytes in ``KernelFloor/bytes``.
    var gigabytesPerSecond: Double

    init(_ work: KernelFloor, seconds: Double, peakGflops: Double?) {
        kernel = work.kernel
        milliseconds = 1000 * seconds
        gflops = Double(work.flops) / seconds / 1e9
        peakFraction = peakGflops.map { Double(work.flops) / seconds / 1e9 / $0 }
        gigabytesPerSecond = Double(work.bytes) / seconds / 1e9
    }
}
