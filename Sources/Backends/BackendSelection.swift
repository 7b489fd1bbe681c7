package import Backend

/// The backend of a run, and a note about its choice.
///
/// A command opens the existential once (`func train(on backend: some Backend)`), so the type system keeps the storages of
/// two backends apart.
package struct BackendSelection {
    package let backend: any Backend
    /// A line for the user about the GPUs that `auto` failed to use.
    package let note: String?

    /// Chooses and opens a backend.
    ///
    /// An explicit request that can't be satisfied is an error. Only `auto` goes on to another device, and at last to the
    /// processor, if a GPU can't be measured or opened. A request for the CPU calls no OpenCL function.
    ///
    /// - Parameter rate: measures the devices, where that decides.
    package init(
        _ request: BackendRequest, from providers: [any BackendProvider] = BackendList.providers,
        rate: TrainingRate = .unknown
    ) throws(BackendError) {
        guard request.choice == .auto, request.device == nil else {
            backend = try request.device(from: providers, rate: rate).make(threads: request.threads)
            note = nil
            return
        }
        let list = DeviceList(asking: providers)
        var failures: [Int: String] = [:]
        while true {
            let automatic = AutomaticDevice(
                of: list, rate: rate, threads: request.threads, excluding: Set(failures.keys))
            failures.merge(automatic.failures.filter { list.entries[$0.key].isUsableGPU }) { $1 }
            guard automatic.isGPU, let gpu = automatic.position else { break }
            do throws(BackendError) {
                backend = try list.entries[gpu].make(threads: request.threads)
                note = Self.note(failures, using: list.entries[gpu].name)
                return
            } catch {
                failures[gpu] = "\(error)"
            }
        }
        // A platform without a device is usual; one that fails may hide a GPU.
        if !list.entries.contains(where: \.isUsableGPU) {
            for (position, entry) in list.entries.enumerated() where !entry.isHost {
                failures[position] = entry.unusable?.failure?.description
            }
        }
        note = Self.note(failures, using: "the CPU")
        let hosts = DeviceList(asking: Array(providers.filter(\.isHost).prefix(1)))
        backend = try hosts.device(nil, rate: rate).make(threads: request.threads)
    }

    /// The line about the GPUs that failed, by their positions in the list; nil if none did.
    private static func note(_ failures: [Int: String], using device: String) -> String? {
        guard !failures.isEmpty else { return nil }
        let reasons = failures.sorted { $0.key < $1.key }.map(\.value)
        return "using \(device), because setting up the GPU failed: \(reasons.joined(separator: "; "))"
    }
}
