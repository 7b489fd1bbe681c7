import Backend
import COpenCL

/// The one owner of a piece of device memory, which gives it back at the end of its life.
private struct DeviceMemory: ~Copyable {
    let handle: cl_mem
    let byteCount: Int
    let total: MemoryCount

    deinit {
        total.value -= byteCount
        clReleaseMemObject(handle)
    }
}

/// Bytes of device memory that are allocated.
final class MemoryCount {
    fileprivate(set) var value = 0
}

/// How much device memory is in use.
struct MemoryUse {
    let current = MemoryCount()
    /// The most bytes at once.
    var peak = 0
}

/// A piece of device memory.
final class DeviceBuffer {
    private let memory: DeviceMemory

    var handle: cl_mem { memory.handle }
    var byteCount: Int { memory.byteCount }

    /// Takes over memory that was allocated, and counts it as long as it lives.
    init(owning handle: cl_mem, byteCount: Int, countedIn total: MemoryCount) {
        total.value += byteCount
        memory = DeviceMemory(handle: handle, byteCount: byteCount, total: total)
    }
}
