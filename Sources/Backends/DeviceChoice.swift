package import Backend

/// The rules that choose one of several devices.
extension DeviceList {
    /// The position of the entry that `auto` takes: the GPU with the largest product of compute units and clock, the first of
    /// equals, or else the processor; nil if there is neither.
    package var automatic: Int? {
        gpu ?? entries.firstIndex { $0.index == nil && $0.device != nil }
    }

    /// The position of the GPU that `auto` takes; nil if there is no GPU.
    var gpu: Int? {
        func power(_ entry: Int) -> Int {
            entries[entry].device.map { $0.description.computeUnits * $0.description.clockMegahertz } ?? 0
        }
        let gpus = entries.indices.filter { entries[$0].index != nil && entries[$0].device?.description.kind == .gpu }
        // `max` would return the last of equals.
        return gpus.reduce(nil) { best, entry in
            guard let best else { return entry }
            return power(entry) > power(best) ? entry : best
        }
    }

    /// The device that the user names, or else the GPU that `auto` takes, or else the first device that can be used.
    package func device(_ name: String?) throws(BackendError) -> BackendEntry {
        if let name { return try named(name) }
        if let gpu { return entries[gpu] }
        if let first = entries.first(where: { $0.device != nil }) { return first }
        // The reason of the processor is enough.
        if let only = entries.first, entries.count == 1, only.index == nil, only.deviceName != nil { return only }
        throw error(noDevice)
    }

    /// The device of an index, or of a name that a text is a part of.
    ///
    /// The first backend that has such a device decides. Of several devices, one of them usable, that one is meant.
    private func named(_ name: String) throws(BackendError) -> BackendEntry {
        let matches = devices.filter { entry in
            guard let index = entry.index else { return false }
            return Int(name).map { $0 == index } ?? (entry.deviceName ?? "").lowercased().contains(name.lowercased())
        }
        let usable = matches.filter { $0.device != nil }
        let candidates = usable.isEmpty ? matches : usable
        guard let first = candidates.first else {
            let problem = Int(name) == nil ? "'\(name)' is part of no device's name" : "there is no device \(name)"
            throw error("\(problem); \(text)")
        }
        guard candidates.count(where: { $0.backend == first.backend }) == 1 else {
            throw error("'\(name)' is part of more than one device's name; \(text)")
        }
        return first
    }
}
