import Backend

/// The partial sums of a gradient: `groupParts` parts per model and group of lanes, at a distance of `stride` numbers.
struct PartialSums: Hashable {
    var models: Int
    var groups: Int
    var groupParts: Int
    var stride: Int

    var count: Int { models * groups * groupParts * stride }
}

/// The gradients whose partial sums are in device memory and not added yet.
///
/// Every layer registers its partial sums here; one launch adds all of them before the gradients are used, which
/// ``OpenCLParameters`` sees to. On a GPU an SGD step adds them itself. The order of each sum is the order of its parts and does not depend on the other pending sums.
final class PendingSums {
    /// Memory for partial sums.
    struct Reservation {
        let parts: PartialSums
        let buffer: DeviceBuffer
        /// The index of the first number.
        let offset: Int
    }

    /// A slice of gradients and the location of its partial sums.
    private struct Pending {
        let storage: OpenCLParameters
        let counts: SampleCounts
        let target: Range<Int>
        let groupParts: Int
        /// Segments of ``segmentSize`` numbers each.
        let segments: [Int32]
    }

    /// The numbers of a segment: `SEGMENT_SIZE` in `Optimizer.cl`.
    private static let segmentSize = 7

    private unowned let backend: OpenCLBackend
    private var pending: [Pending] = []
    private var partials: DeviceBuffer?
    /// The numbers of `partials` that are in use.
    private var used = 0
    /// The numbers reserved since the last flush.
    ///
    /// With this capacity, one launch adds all sums.
    private var demand = 0
    /// The largest demand between two flushes.
    private var largestDemand = 0
    /// The segments in device memory; a run repeats the same ones.
    private var tables: [[Int32]: DeviceBuffer] = [:]

    init(_ backend: OpenCLBackend) {
        self.backend = backend
    }

    /// Whether there are none.
    var isEmpty: Bool { pending.isEmpty }

    /// Reserves memory for partial sums, which must be enqueued and registered before the next reservation.
    ///
    /// - Parameter slices: the gradients that will be the sums.
    func reserve(
        _ parts: PartialSums, for slices: [ParameterSlice<OpenCLParameters>]
    ) throws(BackendError) -> Reservation {
        for slice in slices { try slice.storage.addPendingSums(of: slice.range) }
        // Kernels use 32-bit indices.
        guard parts.count <= Int32.max else {
            throw .outOfMemory(
                device: backend.device.name, requestedBytes: parts.count * 4, detail: "partial sums of a gradient")
        }
        let needed = used + parts.count
        demand += parts.count
        if let partials, partials.byteCount >= needed * 4 {
            defer { used = needed }
            return Reservation(parts: parts, buffer: partials, offset: used)
        }
        try addUp()
        let largest = min(backend.queue.device.maximumBufferBytes / 4, Int(Int32.max))
        partials = nil
        let buffer = try backend.queue.makeBuffer(
            byteCount: 4 * max(min(max(demand, largestDemand), largest), parts.count))
        partials = buffer
        used = parts.count
        return Reservation(parts: parts, buffer: buffer, offset: 0)
    }

    /// Registers enqueued partial sums of a slice.
    ///
    /// - Parameters:
    ///   - first: the index of the slice's first number in a part.
    ///   - step: the distance between successive numbers of the slice in a part.
    func add(
        _ reservation: Reservation, at first: Int, step: Int, to slice: ParameterSlice<OpenCLParameters>,
        counts: SampleCounts
    ) {
        let parts = reservation.parts
        // If older sums were added after the reservation, all memory counts as free.
        used = max(used, reservation.offset + parts.count)
        // One number per work-item of a work-group, so that no work-item is idle.
        let most = backend.configuration.elementGroup
        var segments: [Int32] = []
        for begin in stride(from: 0, to: slice.count, by: most) {
            let numbers = [
                reservation.offset + first + begin * step, parts.stride, parts.groups, parts.groupParts,
                slice.offset + begin, min(most, slice.count - begin), step,
            ]
            segments += numbers.map { Int32($0) }
        }
        pending.append(
            Pending(
                storage: slice.storage, counts: counts, target: slice.range, groupParts: parts.groupParts,
                segments: segments))
        slice.storage.deferSums(of: slice.range, to: self)
    }

    /// Adds all pending sums, with one launch for each storage and sample counts.
    func flush() throws(BackendError) {
        endDemand()
        try addUp()
    }

    private func endDemand() {
        largestDemand = max(largestDemand, demand)
        demand = 0
    }

    private func addUp() throws(BackendError) {
        guard !pending.isEmpty else { return }
        var rest = pending
        pending = []
        used = 0
        for sum in rest { sum.storage.endDeferral(to: self) }
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
        let table = try table(pending.flatMap(\.segments), of: pending, partials: partials, counts: counts)
        try backend.queue.launch(
            backend.library.kernel("sumPartials", OptimizerConstants()), groups: table.groups(models: storage.models),
            of: WorkSize(x: backend.configuration.elementGroup / backend.configuration.vector),
            [
                "partials": .buffer(table.partials), "segments": .buffer(table.segments),
                "counts": .buffer(backend.buffer(of: counts)), "gradientCount": .int(storage.count),
                "gradients": .parameters(storage),
            ], work: table.work)
    }

    private func table(
        _ segments: [Int32], of pending: [Pending], partials: DeviceBuffer, counts: SampleCounts
    ) throws(BackendError) -> SumTable {
        if tables.count >= 64 { tables.removeAll() }
        let known = tables[segments]
        let buffer = if let known { known } else { try backend.queue.makeBuffer(segments) }
        tables[segments] = buffer
        let lanes = backend.configuration.lanes
        let parts = counts.perModel.reduce(0) { $0 + ($1 + lanes - 1) / lanes }
        let sums = pending.reduce(0) { $0 + $1.target.count * $1.groupParts }
        return SumTable(
            partials: partials, segments: buffer, count: segments.count / Self.segmentSize, counts: counts,
            work: KernelWork(flops: parts * sums, floats: parts * sums))
    }

    /// Hands all pending sums over to a launch that adds them and uses all numbers of `storage`, on a GPU.
    ///
    /// - Returns: nil if there are none, or if some are of another storage or of other sample counts; these are still pending.
    func take(of storage: OpenCLParameters) throws(BackendError) -> SumTable? {
        guard backend.configuration.vector == 1, let partials, let first = pending.first,
            pending.allSatisfy({ $0.storage === storage && $0.counts == first.counts })
        else { return nil }
        var segments: [Int32] = []
        var end = 0
        for sum in pending.sorted(by: { $0.target.lowerBound < $1.target.lowerBound }) {
            segments += stored(end..<sum.target.lowerBound) + sum.segments
            end = sum.target.upperBound
        }
        segments += stored(end..<storage.count)
        let table = try table(segments, of: pending, partials: partials, counts: first.counts)
        endDemand()
        (used, pending) = (0, [])
        storage.endDeferral(to: self)
        return table
    }

    /// The segments of gradients that are in their storage already.
    private func stored(_ range: Range<Int>) -> [Int32] {
        let most = backend.configuration.elementGroup
        return stride(from: range.lowerBound, to: range.upperBound, by: most).flatMap { begin in
            [0, 0, 0, 0, begin, min(most, range.upperBound - begin), 0].map { Int32($0) }
        }
    }
}

/// Sums that a launch adds: one work-group for each segment and model.
struct SumTable {
    let partials: DeviceBuffer
    let segments: DeviceBuffer
    /// The number of segments.
    let count: Int
    /// The sample counts of the step that the sums are of.
    let counts: SampleCounts
    let work: KernelWork

    func groups(models: Int) -> WorkSize { WorkSize(x: 1, y: models, z: count) }
}
