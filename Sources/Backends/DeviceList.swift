package import Backend

/// The devices of some backends, each of which was asked once.
package struct DeviceList: Sendable {
    /// The backends' names for errors.
    private let backends: String
    private let titles: String
    /// The devices, and what can't be used, in the order of the backends and their drivers.
    package let entries: [BackendEntry]

    /// Asks some backends for their devices; by default all.
    package init(asking providers: [any BackendProvider] = BackendList.providers) {
        backends = providers.map(\.name).joined(separator: " or ")
        titles = providers.map(\.title).joined(separator: " or ")
        entries = providers.flatMap { provider in
            var count = 0
            return provider.devices().map { listing in
                var index: Int?
                if !provider.isHost && listing.isDevice {
                    index = count
                    count += 1
                }
                return BackendEntry(backend: provider.name, index: index, isHost: provider.isHost, listing: listing)
            }
        }
    }

    /// The backends on all devices; one that fails where its driver is asked about it throws where it is opened.
    package var devices: [BackendEntry] { entries.filter(\.listing.isDevice) }

    /// What is wrong with the drivers and their devices.
    package var unusable: [UnusableDevice] { entries.compactMap(\.unusable) }

    /// An error of the backends that were asked.
    func error(_ reason: String) -> BackendError { .unavailable(backend: backends, reason: reason) }

    /// That there is no device, with the reasons that are known.
    var noDevice: String {
        unusable.isEmpty
            ? "there is no \(titles) device (is a driver installed? --cpu needs none)"
            : "there is no \(titles) device that can be used: "
                + unusable.map(\.description).joined(separator: "; ")
    }

    /// The devices in one line, for an error.
    var text: String {
        guard devices.contains(where: { $0.device != nil }) else { return noDevice }
        let known = devices.map { entry in
            "\(entry.name) (\(entry.device?.description.driver ?? "not usable"))"
        }
        return "there is: \(known.joined(separator: "; "))"
    }
}

extension DeviceListing {
    /// Whether this is a device, and not a platform without one.
    fileprivate var isDevice: Bool {
        switch self {
        case .usable: true
        case .unusable(let unusable): unusable.device != nil
        }
    }
}
