internal import Backend
internal import Platform

/// Memory for vectors, aligned to cache lines, which are at least as wide as the vectors.
struct AlignedMemory<Element: BitwiseCopyable>: ~Copyable {
    /// For requests of at least this size, the available memory is checked first.
    private static var largeBytes: Int { 1 << 22 }
    /// Memory of at least half this size uses pages of this size, if the system provides them.
    ///
    /// With ordinary pages, address translation takes a few per cent of a step of 512 images.
    private static var hugePageBytes: Int { 1 << 21 }

    /// The first element.
    let pointer: UnsafeMutablePointer<Element>
    /// The capacity in elements.
    let count: Int

    /// Allocates `count` elements, all bytes zero.
    init(count: Int) throws(BackendError) {
        var bytes = max(count, 1) * MemoryLayout<Element>.stride
        let isHuge = bytes >= Self.hugePageBytes / 2
        if isHuge { bytes = (bytes + Self.hugePageBytes - 1) / Self.hugePageBytes * Self.hugePageBytes }
        if bytes >= Self.largeBytes, let available = Machine.current.availableMemoryBytes, bytes > available {
            throw .outOfMemory(
                device: "cpu", requestedBytes: bytes, detail: "\(available) are available")
        }
        var address: UnsafeMutableRawPointer?
        let status = posix_memalign(&address, isHuge ? Self.hugePageBytes : 64, bytes)
        guard status == 0, let address else {
            throw .outOfMemory(device: "cpu", requestedBytes: bytes, detail: String(cString: strerror(status)))
        }
        // Only a hint; a system without huge pages returns an error.
        if isHuge { madvise(address, bytes, MADV_HUGEPAGE) }
        memset(address, 0, bytes)
        self.pointer = address.bindMemory(to: Element.self, capacity: max(count, 1))
        self.count = count
    }

    deinit {
        free(pointer)
    }
}
