import Backend
import Kernels

/// Partial sums of a gradient: for each model and group of lanes `groupParts` parts, `stride` numbers from one another.
struct PartialSums: Hashable {
    var models: Int
    var groups: Int
    var groupParts: Int
    var stride: Int

    var count: Int { models * groups * groupParts * stride }
}

/// The gradients whose partial sums lie on the device and are not added up yet.
///
/// Every layer leaves its partial sums here; one launch adds all of them up when somebody asks for gradients. The order of
/// each sum is its parts', whatever else waits.
final class PendingSums {
    /// A slice of gradients and where its partial sums are.
    private struct Pending {
        let storage: OpenCLParameters
        let counts: SampleCounts
        let target: Range<Int>
        let groupParts: Int
        /// ``segmentSize`` numbers each.
        let segments: [Int32]
    }

    /// Numbers of a segment: SEGMENT_SIZE.
    private static let segmentSize = 7

    private unowned let backend: OpenCLBackend
    private var pending: [Pending] = []
    private var partials: DeviceBuffer?
    /// Numbers of `partials` that are taken.
    private var used = 0
    /// Numbers that were asked for since gradients were last wanted: room for all of them makes one launch enough.
    private var demand = 0
    /// The most that was ever asked for in between.
    private var largestDemand = 0
    /// What segments were put on the device; a run repeats the same ones.
    private var tables: [[Int32]: DeviceBuffer] = [:]

    init(_ backend: OpenCLBackend) {
        self.backend = backend
    }

    /// Room for partial sums, to be filled before the next call of ``flush()``.
    /// - Parameter slices: what is going to be their sum.
    func reserve(
        _ parts: PartialSums, for slices: [ParameterSlice<OpenCLParameters>]
    ) throws(BackendError) -> (buffer: DeviceBuffer, offset: Int) {
        for slice in slices
        where pending.contains(where: { $0.storage === slice.storage && $0.target.overlaps(slice.range) }) {
            try flush()
        }
        // Kernels count in 32 bits.
        guard parts.count <= Int32.max else {
            throw .outOfMemory(
                device: backend.device.name, requestedBytes: parts.count * 4, detail: "partial sums of a gradient")
        }
        let needed = used + parts.count
        demand += parts.count
        if let partials, partials.byteCount >= needed * 4 {
            defer { used = needed }
            return (partials, used)
        }
        try addUp()
        let largest = min(backend.queue.device.maximumBufferBytes / 4, Int(Int32.max))
        partials = nil
        let buffer = try backend.queue.makeBuffer(
            byteCount: 4 * max(min(max(demand, largestDemand), largest), parts.count))
        partials = buffer
        used = parts.count
        return (buffer, 0)
    }

    /// Says that partial sums of a slice were enqueued.
    /// - Parameter step: from one number of the slice to the next in a part.
    func add(
        _ parts: PartialSums, at first: Int, step: Int, to slice: ParameterSlice<OpenCLParameters>, counts: SampleCounts
    ) {
        // As many numbers as a work-group has items, so that none of those has nothing to do.
        let most = backend.configuration.elementGroup
        var segments: [Int32] = []
        for begin in stride(from: 0, to: slice.count, by: most) {
            let numbers = [
                first + begin * step, parts.stride, parts.groups, parts.groupParts, slice.offset + begin,
                min(most, slice.count - begin), step,
            ]
            segments += numbers.map { Int32($0) }
        }
        pending.append(
            Pending(
                storage: slice.storage, counts: counts, target: slice.range, groupParts: parts.groupParts,
                segments: segments))
    }

    /// Adds up what waits: one launch for each storage and its sample counts.
    func flush() throws(BackendError) {
        largestDemand = max(largestDemand, demand)
        demand = 0
        try addUp()
    }

    private func addUp() throws(BackendError) {
        guard !pending.isEmpty else { return }
        var rest = pending
        pending = []
        used = 0
        while let first = rest.first {
            func belongs(_ other: Pending) -> Bool { other.storage === first.storage && other.counts == first.counts }
            let together = rest.filter(belongs)
            rest.removeAll(where: belongs)
            try launch(together, of: first.storage, counts: first.counts)
        }
    }

    private func launch(
        _ pending: [Pending], of storage: OpenCLParameters, counts: SampleCounts
    ) throws(BackendError) {
        guard let partials else { return }
        let table = pending.flatMap(\.segments)
        if tables.count >= 64 { tables.removeAll() }
        let known = tables[table]
        let segments = if let known { known } else { try backend.queue.makeBuffer(table) }
        tables[table] = segments
        let kernel = try backend.library.kernels(
            ["sumPartials"], in: .sum, for: 0, constants: backend.constants(slices: 1))[0]
        let lanes = backend.configuration.lanes
        let parts = counts.perModel.reduce(0) { $0 + ($1 + lanes - 1) / lanes }
        let sums = pending.reduce(0) { $0 + $1.target.count * $1.groupParts }
        try backend.queue.launch(
            kernel, groups: WorkSize(x: 1, y: storage.models, z: table.count / Self.segmentSize),
            of: WorkSize(x: backend.configuration.elementGroup / backend.configuration.vector),
            [
                .buffer(partials), .buffer(segments), .buffer(try backend.buffer(of: counts)), .int(storage.count),
                .buffer(storage.buffer),
            ],
            work: KernelWork(flops: parts * sums, floats: parts * sums))
    }
}

extension ParameterSlice {
    /// Where the slice lies in each model's numbers.
    var range: Range<Int> { offset..<offset + count }
}
