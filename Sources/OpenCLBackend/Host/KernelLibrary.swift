import Backend
import Kernels

/// Builds kernel files for shapes, each pair once.
final class KernelLibrary {
    private let context: DeviceContext
    private let unit: DeviceUnit
    private var kernels: [ProgramIdentity: [String: Kernel]] = [:]
    /// What was asked for before: a step launches the same kernels again and again, and macros are slow to compare.
    private var known: [Request: [Kernel]] = [:]

    private struct Request: Hashable {
        var source: KernelSource
        var firstName: String
        var shape: AnyHashable
    }

    /// - Parameter unit: what runs the kernels.
    init(_ context: DeviceContext, unit: DeviceUnit) {
        self.context = context
        self.unit = unit
    }

    /// Kernels of a file, by their names.
    ///
    /// - Parameters:
    ///   - shape: What the constants follow from: the same for the same constants, and others for others.
    ///   - constants: The macros that the file asks for, beyond those it has of its own.
    func kernels(
        _ names: [String], in source: KernelSource, for shape: some Hashable,
        constants: @autoclosure () -> [String: Int]
    ) throws(BackendError) -> [Kernel] {
        let request = Request(source: source, firstName: names[0], shape: AnyHashable(shape))
        if let known = known[request] { return known }
        let made = try build(names, in: source, constants: constants())
        known[request] = made
        return made
    }

    private func build(
        _ names: [String], in source: KernelSource, constants: [String: Int]
    ) throws(BackendError) -> [Kernel] {
        let identity = ProgramIdentity(source: source, constants: constants)
        var made = kernels[identity] ?? [:]
        if names.contains(where: { made[$0] == nil }) {
            let program = try context.build(
                source.program, name: source.fileName, options: identity.options, for: unit)
            for name in names { made[name] = try context.makeKernel(name, in: program, identity: identity) }
            kernels[identity] = made
        }
        return names.map { made[$0]! }
    }
}
