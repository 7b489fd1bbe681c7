package import Backend
package import OpenCLBackend

/// Measures how fast a device trains, where the choice of a device needs it, and keeps the figures between runs.
package struct TrainingRate {
    /// The images per second that a backend trains, measured now.
    private let measure: (any Backend) throws -> Double
    private let cache: CacheFolder
    /// Is called before a device is measured.
    private let announce: (BackendEntry) -> Void

    /// - Parameters:
    ///   - cache: where the figures are kept.
    ///   - announce: is called before a device is measured, which takes a while where its kernels are built first.
    ///   - measure: returns the images per second that a backend trains.
    package init(
        cache: CacheFolder = .user, announce: @escaping (BackendEntry) -> Void = { _ in },
        measure: @escaping (any Backend) throws -> Double
    ) {
        self.cache = cache
        self.announce = announce
        self.measure = measure
    }

    /// Measures nothing: for callers that name their backend and its device.
    package static var unknown: TrainingRate {
        TrainingRate(cache: CacheFolder(folder: nil)) { backend in
            throw BackendError.unavailable(backend: backend.device.backend, reason: "its speed is not measured here")
        }
    }

    /// The images per second that a device trains: what was kept, or else measured now and kept.
    ///
    /// A figure holds for the device, its driver, the number of threads and this version of the program.
    ///
    /// - Parameter threads: see `BackendDevice`.
    /// - Throws: an error of the device, or of the measurement.
    func callAsFunction(_ entry: BackendEntry, threads: Int?) throws -> Double {
        let device = try entry.usableDevice()
        let description = device.description
        let key = [
            description.backend, description.name, description.vendor, description.driver,
            "\(description.computeUnits) units", entry.isHost ? "\(threads ?? description.computeUnits) threads" : "",
            CacheFolder.program,
        ].joined(separator: "\n")
        let file = CacheFolder.name("rate", for: key)
        if let kept = cache.read(file, for: key).flatMap({ Double(String(decoding: $0, as: UTF8.self)) }), kept > 0 {
            return kept
        }
        announce(entry)
        let rate = try measure(device.make(threads: threads))
        guard rate.isFinite, rate > 0 else {
            throw BackendError.unavailable(backend: entry.backend, reason: "it trained \(rate) images per second")
        }
        cache.write(Array("\(rate)".utf8), for: key, name: file)
        return rate
    }
}
