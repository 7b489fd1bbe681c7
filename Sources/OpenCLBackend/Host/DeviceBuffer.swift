import Backend
import COpenCL
import Synchronization

/// The only owner of a device memory object, which it releases.
private struct DeviceMemory: ~Copyable {
    let handle: cl_mem
    let byteCount: Int
    let total: MemoryCount

    deinit {
        total.remove(byteCount)
        clReleaseMemObject(handle)
    }
}

/// Counts the allocated device memory; can be used from several threads at the same time.
final class MemoryCount: Sendable {
    private let current = Atomic<Int>(0)
    private let most = Atomic<Int>(0)

    /// The number of bytes that are allocated now.
    var bytes: Int { current.load(ordering: .relaxed) }
    /// The peak number of allocated bytes.
    var peak: Int { most.load(ordering: .relaxed) }

    fileprivate func add(_ bytes: Int) {
        let sum = current.wrappingAdd(bytes, ordering: .relaxed).newValue
        _ = most.max(sum, ordering: .relaxed)
    }

    fileprivate func remove(_ bytes: Int) { current.wrappingSubtract(bytes, ordering: .relaxed) }
}

/// A buffer in device memory.
package final class DeviceBuffer {
    private let memory: DeviceMemory

    var handle: cl_mem { memory.handle }
    var byteCount: Int { memory.byteCount }

    /// Takes ownership of allocated memory, and counts it during the lifetime of the buffer.
    init(owning handle: cl_mem, byteCount: Int, countedIn total: MemoryCount) {
        total.add(byteCount)
        memory = DeviceMemory(handle: handle, byteCount: byteCount, total: total)
    }
}

extension DeviceBuffer: Equatable {
    /// Whether they are the same memory.
    package static func == (one: DeviceBuffer, other: DeviceBuffer) -> Bool { one === other }
}
