package import Backend

/// The rules that choose one of several devices.
extension DeviceList {
    /// The device that the user names, or else the GPU that `auto` takes, or else the first device that can be used.
    ///
    /// - Parameters:
    ///   - rate: measures the devices, where that decides.
    ///   - threads: the threads of the processor's backend.
    package func device(
        _ name: String?, rate: TrainingRate, threads: Int? = nil
    ) throws(BackendError) -> BackendEntry {
        if let name { return try named(name) }
        let automatic = AutomaticDevice(of: self, rate: rate, threads: threads)
        if let position = automatic.position, automatic.isGPU { return entries[position] }
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
