import Backend
import Kernels

/// Builds kernel files for shapes, each pair once.
final class KernelLibrary {
    private let context: DeviceContext
    private let unit: DeviceUnit
    private var kernels: [ProgramIdentity: [String: Kernel]] = [:]

    /// - Parameter unit: what runs the kernels.
    init(_ context: DeviceContext, unit: DeviceUnit) {
        self.context = context
        self.unit = unit
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
            let program = try context.build(
                source.program, name: source.fileName, options: identity.options, for: unit)
            for name in names { known[name] = try context.makeKernel(name, in: program, identity: identity) }
            kernels[identity] = known
        }
        return names.map { known[$0]! }
    }
}
