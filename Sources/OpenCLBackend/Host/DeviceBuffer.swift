import Backend
import COpenCL

/// The one owner of a piece of device memory, which gives it back at the end of its life.
private struct DeviceMemory: ~Copyable {
    let handle: cl_mem

    deinit { clReleaseMemObject(handle) }
}

/// A piece of device memory.
final class DeviceBuffer {
    private let memory: DeviceMemory
    let byteCount: Int

    var handle: cl_mem { memory.handle }

    /// Takes over memory that was allocated.
    init(owning handle: cl_mem, byteCount: Int) {
        memory = DeviceMemory(handle: handle)
        self.byteCount = byteCount
    }
}
