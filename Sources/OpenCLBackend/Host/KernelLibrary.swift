import Backend
import Kernels

/// Builds kernel files for shapes, each pair once.
final class KernelLibrary {
    private let queue: CommandQueue
    private var kernels: [ProgramIdentity: [String: Kernel]] = [:]

    init(queue: CommandQueue) {
        self.queue = queue
    }

    /// Kernels of a file, by their names.
    ///
    /// - Parameter constants: The macros that the file asks for, beyond those it has of its own.
    func kernels(
        _ names: [String], in source: KernelSource, constants: [String: Int]
    ) throws(BackendError) -> [Kernel] {
        let identity = ProgramIdentity(source: source, constants: constants)
        var known = kernels[identity] ?? [:]
        if names.contains(where: { known[$0] == nil }) {
            let program = try queue.build(source.program, name: source.fileName, options: identity.options)
            for name in names { known[name] = try queue.makeKernel(name, in: program, identity: identity) }
            kernels[identity] = known
        }
        return names.map { known[$0]! }
    }
}
