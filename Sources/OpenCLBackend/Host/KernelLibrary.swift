import Backend
import COpenCL
import Dispatch
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
    /// The kernels of pairs, by the kernel of which they are two launches.
    private var pairs: [cl_kernel: Kernel] = [:]
    /// The programs that kernels were requested of while they are only listed; nil otherwise.
    private var listed: [AnyHashable: ProgramIdentity]?

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
        if listed != nil, let placeholder = list(constants) { return placeholder }
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

    /// The kernel that is two launches of a kernel in one; nil if there is none.
    func pair(of kernel: Kernel) throws(BackendError) -> Kernel? {
        if let known = pairs[kernel.handle] { return known }
        let name = "\(kernel.name)Pair"
        let signature = try signatures(of: kernel.program.identity.source).first { $0.name == name }
        let pair = try signature.map { signature throws(BackendError) in try kernel.program.makeKernel(signature) }
        pairs[kernel.handle] = pair
        return pair
    }

    private func entry(_ constants: some KernelConstants) throws(BackendError) -> Entry {
        let key = AnyHashable(constants)
        if let known = programs[key] { return known }
        let entry = Entry(try build(identity(constants)))
        programs[key] = entry
        return entry
    }

    private func identity<Constants: KernelConstants>(_ constants: Constants) -> ProgramIdentity {
        ProgramIdentity(
            source: Constants.source, constants: common.merging(constants.macros) { $1 },
            roundsDivisionCorrectly: roundsDivisionCorrectly)
    }

    private func build(_ identity: ProgramIdentity, isOneOf count: Int? = nil) throws(BackendError) -> BuiltProgram {
        let program = try context.build(
            identity.source.program, name: identity.source.fileName, options: identity.options, for: unit,
            isOneOf: count)
        return BuiltProgram(program, identity, deviceName: context.device.description.name)
    }

    // MARK: Many programs at once

    /// Builds the programs of all kernels that `body` requests, on all cores: a compiler takes seconds for a step's.
    ///
    /// - Parameter body: requests kernels and launches none of them.
    func buildPrograms(of body: () throws(BackendError) -> Void) throws(BackendError) {
        // The compilers of PoCL and of Intel's runtime for processors have a lock around them: two threads were no faster.
        guard context.device.description.kind != .cpu else { return }
        listed = [:]
        defer { listed = nil }
        try body()
        // In a fixed order, so that a failure is always that of the same program.
        let missing = (listed ?? [:]).filter { programs[$0.key] == nil }.sorted { $0.value.options < $1.value.options }
        guard missing.count > 1 else { return }
        let identities = missing.map(\.value)
        let count = context.buildReports.count + missing.count
        var results = [Result<BuiltProgram, BackendError>?](repeating: nil, count: missing.count)
        results.withUnsafeMutableBufferPointer { results in
            // Builds share nothing but the context, which is thread-safe, and each writes one element.
            nonisolated(unsafe) let (library, results) = (self, results)
            DispatchQueue.concurrentPerform(iterations: identities.count) { index in
                results[index] = Result { () throws(BackendError) in
                    try library.build(identities[index], isOneOf: count)
                }
            }
        }
        for ((key, _), result) in zip(missing, results) {
            if let result { programs[key] = Entry(try result.get()) }
        }
    }

    /// Lists the program of a kernel; returns a kernel that stands for it, which nobody may launch.
    private func list(_ constants: some KernelConstants) -> Kernel? {
        guard let placeholder = programs.values.lazy.compactMap(\.kernels.values.first).first else { return nil }
        let key = AnyHashable(constants)
        if programs[key] == nil, listed?[key] == nil { listed?[key] = identity(constants) }
        return placeholder
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
