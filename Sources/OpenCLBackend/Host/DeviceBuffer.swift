import Backend
import COpenCL
import Synchronization

/// The one owner of a piece of device memory, which gives it back at the end of its life.
private struct DeviceMemory: ~Copyable {
    let handle: cl_mem
    let byteCount: Int
    let total: MemoryCount

    deinit {
        total.remove(byteCount)
        clReleaseMemObject(handle)
    }
}

/// How much device memory is allocated; used from several threads at a time.
final class MemoryCount: Sendable {
    private let current = Atomic<Int>(0)
    private let most = Atomic<Int>(0)

    /// Bytes that are allocated now.
    var bytes: Int { current.load(ordering: .relaxed) }
    /// The most bytes at once.
    var peak: Int { most.load(ordering: .relaxed) }

    fileprivate func add(_ bytes: Int) {
        let sum = current.wrappingAdd(bytes, ordering: .relaxed).newValue
        _ = most.max(sum, ordering: .relaxed)
    }

    fileprivate func remove(_ bytes: Int) { current.wrappingSubtract(bytes, ordering: .relaxed) }
}

/// A piece of device memory.
final class DeviceBuffer {
    private let memory: DeviceMemory

    var handle: cl_mem { memory.handle }
    var byteCount: Int { memory.byteCount }

    /// Takes over memory that was allocated, and counts it as long as it lives.
    init(owning handle: cl_mem, byteCount: Int, countedIn total: MemoryCount) {
        total.add(byteCount)
        memory = DeviceMemory(handle: handle, byteCount: byteCount, total: total)
    }
}
