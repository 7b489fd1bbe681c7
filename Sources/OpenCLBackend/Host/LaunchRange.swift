import Backend
import COpenCL

/// The work-items of a launch, as the driver takes them.
struct LaunchRange: CustomStringConvertible {
    /// The global offset, the global size and the work-group size, in three dimensions each; a homogeneous tuple, which has the
    /// layout of an array.
    private let sizes: (Int, Int, Int, Int, Int, Int, Int, Int, Int)

    /// The largest number of work-groups in dimensions 1 and 2: the limit of NVIDIA's devices, which OpenCL has no name for.
    private static let maximumGroups = 65_535

    /// - Parameters:
    ///   - groups: the number of work-groups in each dimension.
    ///   - items: the work-group size.
    /// - Throws: ``BackendError/deviceFailure(device:operation:detail:)`` for more work-groups than a device takes.
    init(_ groups: WorkSize, of items: WorkSize, _ kernel: Kernel, device: String) throws(BackendError) {
        // As `GROUP_ID` in `Prelude.cl` expects them.
        if kernel.isForVectors {
            sizes = (
                0, groups.y, 0, groups.x * items.x, items.y, groups.y * groups.z * items.z, items.x, items.y, items.z
            )
            return
        }
        guard Self.allows(groups, of: kernel) else {
            throw .deviceFailure(
                device: device, operation: "launching \(kernel.name)",
                detail: "it needs \(groups.y) x \(groups.z) work-groups in dimensions 1 and 2, of which a device takes "
                    + "\(Self.maximumGroups) each; a smaller stack or batch needs fewer")
        }
        sizes = (0, 0, 0, groups.x * items.x, groups.y * items.y, groups.z * items.z, items.x, items.y, items.z)
    }

    /// Whether a device takes a number of work-groups in dimensions 1 and 2.
    static func allows(_ groups: WorkSize, of kernel: Kernel) -> Bool {
        kernel.isForVectors || max(groups.y, groups.z) <= maximumGroups
    }

    /// Enqueues a kernel whose arguments are set.
    ///
    /// - Parameter event: receives the event of the launch, unless it is nil.
    func enqueue(
        _ kernel: Kernel, in queue: cl_command_queue, event: UnsafeMutablePointer<cl_event?>?
    ) -> cl_int {
        withUnsafeBytes(of: sizes) { bytes in
            let sizes = bytes.bindMemory(to: Int.self).baseAddress!
            return clEnqueueNDRangeKernel(queue, kernel.handle, 3, sizes, sizes + 3, sizes + 6, 0, nil, event)
        }
    }

    var description: String {
        "\(sizes.3) x \(sizes.4) x \(sizes.5) work-items in work-groups of \(sizes.6) x \(sizes.7) x \(sizes.8)"
    }
}
