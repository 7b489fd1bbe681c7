import Backends

/// A class of GPUs, by what its vendor writes about it.
struct GPUClass: Encodable {
    var name: String
    /// Highest fp32 rate.
    var teraflops: Double
    /// Memory bandwidth.
    var gigabytesPerSecond: Double
    /// The least time from one launch to the next.
    var launchMicroseconds: Double

    /// Round numbers near: an integrated GPU of a laptop; a desktop card of the middle; an accelerator of a data centre.
    static let all = [
        GPUClass(name: "laptop", teraflops: 4, gigabytesPerSecond: 100, launchMicroseconds: 10),
        GPUClass(name: "desktop", teraflops: 30, gigabytesPerSecond: 600, launchMicroseconds: 5),
        GPUClass(name: "data centre", teraflops: 60, gigabytesPerSecond: 3000, launchMicroseconds: 5),
    ]

    /// The microseconds below which no launch of a work can be: of arithmetic, memory and launching the longest.
    func floorMicroseconds(flops: Int, bytes: Int) -> Double {
        max(Double(flops) / teraflops / 1e6, Double(bytes) / gigabytesPerSecond / 1e3, launchMicroseconds)
    }
}

/// What a kernel has to do in one training step of a stack, and the floor this sets: computed on paper, not measured.
struct KernelFloor: Encodable {
    var kernel: String
    var launches = 0
    /// Multiplications and additions counted apart, those on padding included.
    var flops = 0
    /// Bytes that have to be read from memory or written to it at least once.
    var bytes = 0
    /// By class of GPU.
    var floorMicroseconds: [String: Double] = [:]

    /// The kernels of some launches, in the order of their first one.
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
