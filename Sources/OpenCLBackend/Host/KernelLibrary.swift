import Backend
import Kernels

/// The kernels of all files and shapes, each built once.
final class KernelLibrary {
    private let context: DeviceContext
    private let unit: DeviceUnit
    private var known: [Request: [Kernel]] = [:]

    /// The key of a lookup.
    ///
    /// Every step looks up the same kernels, and comparing macros would be slow.
    private struct Request: Hashable {
        var source: KernelSource
        var shape: AnyHashable
    }

    /// - Parameter unit: the device or compute unit that runs the kernels.
    init(_ context: DeviceContext, unit: DeviceUnit) {
        self.context = context
        self.unit = unit
    }

    /// The kernels of a file by their names; the same names are requested for the same file and shape.
    ///
    /// - Parameters:
    ///   - shape: determines the constants: equal shapes have equal constants, and different shapes different ones.
    ///   - constants: the macros of the file.
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
