package import Backend

/// The backend of a run, and a note about its choice.
///
/// A command opens the existential once (`func train(on backend: some Backend)`), so the type system keeps the storages of
/// two backends apart.
package struct BackendSelection {
    package let backend: any Backend
    /// A line for the user if `auto` failed to use a GPU.
    package let note: String?

    /// Chooses and opens a backend.
    ///
    /// An explicit request that can't be satisfied is an error. Only `auto` falls back to the processor, if there is no GPU or
    /// if opening it fails. A request for the CPU calls no OpenCL function.
    package init(
        _ request: BackendRequest, from providers: [any BackendProvider] = BackendList.providers
    ) throws(BackendError) {
        guard request.choice == .auto, request.device == nil else {
            backend = try request.device(from: providers).make(threads: request.threads)
            note = nil
            return
        }
        let list = DeviceList(asking: providers.filter { !$0.isHost })
        var reasons: [String] = []
        if let gpu = list.gpu {
            do throws(BackendError) {
                backend = try list.entries[gpu].make(threads: request.threads)
                note = nil
                return
            } catch {
                reasons = ["\(error)"]
            }
        } else {
            // A platform without a device is usual; one that fails may hide a GPU.
            reasons = list.unusable.filter { $0.failure != nil }.map(\.description)
        }
        note =
            reasons.isEmpty
            ? nil : "using the CPU, because setting up the GPU failed: \(reasons.joined(separator: "; "))"
        let hosts = DeviceList(asking: Array(providers.filter(\.isHost).prefix(1)))
        backend = try hosts.device(nil).make(threads: request.threads)
    }
}
