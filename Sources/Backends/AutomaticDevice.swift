import Backend

/// The device that `auto` takes of a list, and why.
///
/// A GPU with memory of its own comes first, and is measured only if there are several. A GPU that shares the memory of the
/// processor is taken only if it trains faster than the processor. A GPU whose measurement fails is left out.
package struct AutomaticDevice {
    /// The position of the entry; nil if no device of the list is a GPU or the processor.
    package private(set) var position: Int?

    /// Why it is taken.
    package private(set) var reason = "there is no GPU that can be used"

    /// The images per second that devices trained, by the position of their entries; empty if nothing had to be measured.
    package private(set) var rates: [Int: Double] = [:]

    /// What kept devices from being measured, by the position of their entries.
    package private(set) var failures: [Int: String] = [:]

    /// Whether the device is a GPU.
    var isGPU: Bool { position.map { list.entries[$0].isUsableGPU } ?? false }

    private let list: DeviceList
    private let rate: TrainingRate
    private let threads: Int?

    /// - Parameters:
    ///   - rate: measures the devices, where that decides.
    ///   - threads: the threads of the processor's backend.
    ///   - excluded: positions of GPUs to leave out, because they failed.
    package init(of list: DeviceList, rate: TrainingRate, threads: Int? = nil, excluding excluded: Set<Int> = []) {
        self.list = list
        self.rate = rate
        self.threads = threads
        position = list.entries.firstIndex { $0.isHost && $0.device != nil }
        let gpus = list.entries.indices.filter { list.entries[$0].isUsableGPU && !excluded.contains($0) }
        func hasOwnMemory(_ gpu: Int) -> Bool { list.entries[gpu].device?.description.hasOwnMemory == true }
        if !chooseGPU(owningMemory: gpus.filter(hasOwnMemory)) {
            chooseGPU(sharingMemory: gpus.filter { !hasOwnMemory($0) }, with: position)
        }
    }

    /// Takes a GPU with memory of its own; returns whether there is one.
    private mutating func chooseGPU(owningMemory gpus: [Int]) -> Bool {
        if gpus.count == 1 {
            (position, reason) = (gpus[0], "it is the only GPU with memory of its own")
            return true
        }
        measure(gpus)
        guard let best = fastest(gpus) else { return false }
        (position, reason) = (best, "it trains the fastest of \(gpus.count) GPUs with memory of their own")
        return true
    }

    /// Takes a GPU that shares the processor's memory if it is faster than the processor.
    ///
    /// - Parameter processor: its position; nil if the list is without it.
    private mutating func chooseGPU(sharingMemory gpus: [Int], with processor: Int?) {
        if processor == nil, gpus.count == 1 {
            (position, reason) = (gpus[0], "it is the only GPU")
            return
        }
        measure(gpus)
        guard let best = fastest(gpus) else { return }
        guard let processor else {
            (position, reason) = (best, "it trains the fastest of \(gpus.count) GPUs")
            return
        }
        measure([processor])
        if fastest([processor, best]) == best {
            (position, reason) = (best, "it trains faster than the processor, whose memory it shares")
        } else {
            reason = "no GPU trains faster"
        }
    }

    private mutating func measure(_ positions: [Int]) {
        for position in positions {
            do {
                rates[position] = try rate(list.entries[position], threads: threads)
            } catch {
                failures[position] = "\(error)"
            }
        }
    }

    /// The fastest of some devices that were measured, the first of equals.
    private func fastest(_ positions: [Int]) -> Int? {
        // `max` would return the last of equals.
        positions.filter { rates[$0] != nil }.reduce(nil) { best, next in
            guard let best, rates[next, default: 0] <= rates[best, default: 0] else { return next }
            return best
        }
    }
}
