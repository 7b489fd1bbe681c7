/// A device whose kernels are compiled on this machine, by a compiler that may say something about them.
package protocol BuildReporting: BackendDevice {
    /// Builds every program of some work from its source, without the programs of earlier runs.
    ///
    /// - Parameter work: runs on the backend that a run would use.
    /// - Returns: what the compiler said, in the order of the files and options, the same only once.
    /// - Throws: an error with the compiler's log if a program can't be built, and what `work` throws.
    func buildReports(_ work: (any Backend) throws -> Void) throws -> [BuildReport]
}

/// What the compiler of a driver said about a program.
package struct BuildReport: Hashable, Sendable, Encodable {
    /// The kernel file.
    package var file: String
    /// The compiler options, with the macros.
    package var options: String
    /// The compiler's own words; often empty.
    package var log: String

    package init(file: String, options: String, log: String) {
        self.file = file
        self.options = options
        self.log = log
    }
}
