import Backend
import Kernels

/// Builds kernel files for shapes, each pair once.
final class KernelLibrary {
    private let context: DeviceContext
    private let unit: DeviceUnit
    private var known: [Request: [Kernel]] = [:]

    /// A step asks for the same kernels again and again, and macros are slow to compare.
    private struct Request: Hashable {
        var source: KernelSource
        var shape: AnyHashable
    }

    /// - Parameter unit: what runs the kernels.
    init(_ context: DeviceContext, unit: DeviceUnit) {
        self.context = context
        self.unit = unit
    }

    /// Kernels of a file, by their names: always the same ones for the same file and shape.
    ///
    /// - Parameters:
    ///   - shape: What the constants follow from: the same for the same constants, and others for others.
    ///   - constants: The macros that the file asks for, beyond those it has of its own.
    func kernels(
        _ names: [String], in source: KernelSource, for shape: some Hashable,
        constants: @autoclosure () -> [String: Int]
    ) throws(BackendError) -> [Kernel] {
        let request = Request(source: source, shape: AnyHashable(shape))
        if let known = known[request] { return known }
        let identity = ProgramIdentity(source: source, constants: constants())
        let program = try context.build(source.program, name: source.fileName, options: identity.options, for: unit)
        var made: [Kernel] = []
        for name in names { made.append(try context.makeKernel(name, in: program, identity: identity)) }
        known[request] = made
        return made
    }
}
