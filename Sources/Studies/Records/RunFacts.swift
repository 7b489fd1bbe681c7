/// How and where a run of a study was started.
///
/// The results do not depend on it, so it is a user attribute of the journal and no member of `results.json`.
package struct RunFacts: Sendable, Equatable, Codable {
    /// The arguments that repeat the study, without the name of the program.
    package let command: [String]

    /// The operating system, its kernel and the architecture.
    package let system: String

    /// The number of cores that the run may use.
    package let cores: Int

    /// The memory of the machine, in bytes.
    package let memoryBytes: Int

    /// Creates the facts of a run.
    package init(command: [String], system: String, cores: Int, memoryBytes: Int) {
        self.command = command
        self.system = system
        self.cores = cores
        self.memoryBytes = memoryBytes
    }
}
