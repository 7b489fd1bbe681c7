import Backend
import Kernels

/// The kernels of a device or compute unit, each built once.
final class KernelLibrary {
    private let context: DeviceContext
    private let unit: DeviceUnit
    /// The macros of every program.
    private let common: [String: Int]
    /// Whether the programs are for a GPU that rounds quotients and square roots correctly where it is asked to.
    private let roundsDivisionCorrectly: Bool
    /// The built programs, by their ``KernelConstants``.
    private var programs: [AnyHashable: Entry] = [:]
    private var signatures: [KernelSource: [KernelSignature]] = [:]

    /// A program, and the kernels of it that were requested.
    private final class Entry {
        let program: BuiltProgram
        var kernels: [String: Kernel] = [:]

        init(_ program: BuiltProgram) { self.program = program }
    }

    /// - Parameters:
    ///   - unit: the device or compute unit that runs the kernels.
    ///   - order: determines the lanes of a group.
    init(_ context: DeviceContext, unit: DeviceUnit, order: SumOrder) {
        self.context = context
        self.unit = unit
        common = ["VECTOR": order.vector, "ITEMS": order.items, "SLICES": 1]
        roundsDivisionCorrectly = order.vector == 1 && context.device.roundsDivisionCorrectly
    }

    /// The kernel of a name, in the program with these constants.
    ///
    /// - Throws: ``BackendError/deviceFailure(device:operation:detail:)`` if the program can't be built, or has no such kernel.
    func kernel(_ name: String, _ constants: some KernelConstants) throws(BackendError) -> Kernel {
        let entry = try entry(constants)
        if let known = entry.kernels[name] { return known }
        let source = entry.program.identity.source
        guard let signature = try signatures(of: source).first(where: { $0.name == name }) else {
            throw failure("finding the kernel \(name)", "\(source.fileName) has none of this name")
        }
        let kernel = try entry.program.makeKernel(signature)
        entry.kernels[name] = kernel
        return kernel
    }

    private func entry<Constants: KernelConstants>(_ constants: Constants) throws(BackendError) -> Entry {
        let key = AnyHashable(constants)
        if let known = programs[key] { return known }
        let source = Constants.source
        let identity = ProgramIdentity(
            source: source, constants: common.merging(constants.macros) { $1 },
            roundsDivisionCorrectly: roundsDivisionCorrectly)
        let program = try context.build(
            source.program, name: source.fileName, options: identity.options, for: unit)
        let entry = Entry(
            BuiltProgram(program, identity, deviceName: context.device.description.name))
        programs[key] = entry
        return entry
    }

    private func signatures(of source: KernelSource) throws(BackendError) -> [KernelSignature] {
        if let known = signatures[source] { return known }
        do throws(KernelSignatureError) {
            let found = try KernelSignature.all(in: source.text)
            signatures[source] = found
            return found
        } catch {
            throw failure("reading the kernels of \(source.fileName)", error.description)
        }
    }

    private func failure(_ operation: String, _ detail: String) -> BackendError {
        .deviceFailure(device: context.device.description.name, operation: operation, detail: detail)
    }
}
