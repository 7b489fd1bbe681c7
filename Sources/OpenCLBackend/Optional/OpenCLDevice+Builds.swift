package import Backend

extension OpenCLDevice: BuildReporting {
    package func buildReports(_ work: (any Backend) throws -> Void) throws -> [BuildReport] {
        // Programs from a cache have no log. The tuner's choices are still read: a run would use them.
        let configuration = TunedTiles(.user).apply(to: try .automatic(for: self), on: self)
        let backend = try OpenCLBackend(device: self, configuration: configuration, cache: CacheFolder(folder: nil))
        try work(backend)
        return Set(backend.buildReports).sorted { ($0.file, $0.options) < ($1.file, $1.options) }
    }
}
