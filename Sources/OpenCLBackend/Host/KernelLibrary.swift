import Backend
import Kernels

/// Builds kernel files for shapes, each pair once.
final class KernelLibrary {
    /// A program: a file with the constants it was compiled with.
    private struct Key: Hashable {
        var source: KernelSource
        var constants: [String: Int]
    }

    private let queue: CommandQueue
    private var kernels: [Key: [String: Kernel]] = [:]

    init(queue: CommandQueue) {
        self.queue = queue
    }

    /// Kernels of a file, by their names.
    ///
    /// - Parameter constants: The macros that the file asks for, beyond those it has of its own.
    func kernels(
        _ names: [String], in source: KernelSource, constants: [String: Int]
    ) throws(BackendError) -> [Kernel] {
        let key = Key(source: source, constants: constants)
        var known = kernels[key] ?? [:]
        if names.contains(where: { known[$0] == nil }) {
            // In a fixed order, so that a driver's own cache knows the program again.
            let macros = constants.sorted { $0.key < $1.key }.map { "-D\($0.key)=\($0.value)" }
            let program = try queue.build(
                source.program, name: source.fileName,
                options: (["-cl-std=CL1.2"] + macros).joined(separator: " "))
            for name in names { known[name] = try queue.makeKernel(name, in: program) }
            kernels[key] = known
        }
        return names.map { known[$0]! }
    }
}
