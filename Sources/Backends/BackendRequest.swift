package import Backend

/// The backend that the user requests: `auto`, or the name of one.
package struct BackendChoice: RawRepresentable, CaseIterable, Hashable, Sendable {
    package let rawValue: String

    private init(known rawValue: String) { self.rawValue = rawValue }

    /// The choice of this name; nil if no backend has it.
    package init?(rawValue: String) {
        guard Self.allCases.contains(where: { $0.rawValue == rawValue }) else { return nil }
        self.init(known: rawValue)
    }

    /// `auto`, followed by the backends in the order of the list.
    package static var allCases: [BackendChoice] {
        [auto] + BackendList.providers.map { BackendChoice(known: $0.name) }
    }

    /// A GPU if there is one, otherwise the processor.
    package static let auto = BackendChoice(known: "auto")
    /// The backends that flags and commands name themselves.
    package static let cpu = BackendChoice(known: "cpu")
    package static let opencl = BackendChoice(known: "opencl")
}

/// The backend and the device that the user requests.
package struct BackendRequest: Sendable, Equatable {
    package var choice: BackendChoice
    /// A device: its index in the list of its backend, or a part of its name.
    ///
    /// With a device, `auto` means the first backend that has it; the processor is not chosen so.
    package var device: String?
    /// The number of threads of the CPU backend; nil for all cores.
    package var threads: Int?

    package init(_ choice: BackendChoice = .auto, device: String? = nil, threads: Int? = nil) {
        self.choice = choice
        self.device = device
        self.threads = threads
    }

    /// The device of this request, not opened: the named one, or else the GPU that `auto` takes, or else the first.
    ///
    /// Only the requested backend's drivers are asked.
    ///
    /// - Parameter rate: measures the devices, where that decides.
    package func device(
        from providers: [any BackendProvider] = BackendList.providers, rate: TrainingRate = .unknown
    ) throws(BackendError) -> BackendEntry {
        let wanted = providers.filter { choice == .auto ? !$0.isHost : $0.name == choice.rawValue }
        return try DeviceList(asking: wanted).device(device, rate: rate, threads: threads)
    }
}
