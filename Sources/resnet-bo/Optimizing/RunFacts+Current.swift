import Platform
import Studies

extension RunFacts {
    /// The facts of this run; `--resume` is left out of its command, because the command is to repeat the study.
    static var current: RunFacts {
        RunFacts(
            command: CommandLine.arguments.dropFirst().filter { $0 != "--resume" }, system: OperatingSystem.description,
            cores: Machine.current.cores, memoryBytes: Machine.current.memoryBytes)
    }
}
