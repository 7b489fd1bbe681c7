import Backends

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
        var floors: [KernelFloor] = []
        for launch in launches {
            let index = floors.firstIndex { $0.kernel == launch.kernel } ?? floors.endIndex
            if index == floors.endIndex { floors.append(KernelFloor(kernel: launch.kernel)) }
            floors[index].launches += 1
            floors[index].flops += launch.flops
            floors[index].bytes += launch.bytes
            for gpu in GPUClass.all {
                floors[index].floorMicroseconds[gpu.name, default: 0] += gpu.floorMicroseconds(
                    flops: launch.flops, bytes: launch.bytes)
            }
        }
        return floors
    }
}
