import Backend
import COpenCL
import Synchronization

/// What the queues to a device share: its memory and its programs.
///
/// Unlike a queue it may be used from several threads at a time.
final class DeviceContext {
    let device: OpenCLDevice
    let cache: CacheFolder
    let handle: cl_context
    /// The whole device; then, where it is shared out, each of its compute units.
    let units: [DeviceUnit]

    let memory = MemoryCount()
    private let compiled = Atomic<Int>(0)

    private var deviceName: String { device.description.name }

    /// - Parameter isSharedOut: whether compute units are wanted each on its own, if the driver knows how.
    init(device: OpenCLDevice, cache: CacheFolder, isSharedOut: Bool) throws(BackendError) {
        self.device = device
        self.cache = cache
        let computeUnits = isSharedOut ? DeviceUnit.computeUnits(of: device) : []
        units = [DeviceUnit(whole: device)] + computeUnits
        var ids = units.map { $0.id as cl_device_id? }
        var status: cl_int = 0
        guard let handle = clCreateContext(nil, cl_uint(ids.count), &ids, nil, nil, &status) else {
            throw .deviceFailure(
                device: device.description.name, operation: "creating a context", detail: OpenCLStatus.name(status))
        }
        self.handle = handle
    }

    deinit { clReleaseContext(handle) }

    private func check(_ status: cl_int, _ operation: @autoclosure () -> String) throws(BackendError) {
        try OpenCLStatus.check(status, device: deviceName, operation: operation())
    }

    /// Programs that were compiled from their source.
    var compilations: Int { compiled.load(ordering: .relaxed) }

    /// A built program: from the cache, or else compiled and kept there.
    ///
    /// - Parameters:
    ///   - source: OpenCL C.
    ///   - name: What the program is called in errors.
    ///   - unit: What is going to run it.
    /// - Throws: ``BackendError/deviceFailure(device:operation:detail:)`` with the options and the compiler's log.
    func build(
        _ source: String, name: String, options: String, for unit: DeviceUnit
    ) throws(BackendError) -> Program {
        let identity = device.identity
        let key = "\(identity)\n\(options)\n\(source)"
        let file = "program-\(String(fnv1a("\(device.description.name)\n\(name)\n\(options)".utf8), radix: 16)).bin"
        if let binary = cache.read(file, for: key), let program = load(binary, for: unit) { return program }
        let program = try compile(source, name: name, options: options, for: unit)
        if let binary = binary(of: program) { cache.write(binary, for: key, name: file) }
        return program
    }

    /// A program from the device's own format; nil where the driver does not take it.
    private func load(_ binary: [UInt8], for unit: DeviceUnit) -> Program? {
        var status: cl_int = 0
        var id: cl_device_id? = unit.id
        var size = binary.count
        let handle = binary.withUnsafeBytes { bytes in
            var bytes: UnsafePointer<UInt8>? = bytes.bindMemory(to: UInt8.self).baseAddress
            return clCreateProgramWithBinary(self.handle, 1, &id, &size, &bytes, nil, &status)
        }
        guard let handle else { return nil }
        let program = Program(handle: handle)
        guard clBuildProgram(handle, 1, &id, nil, nil, nil) == CL_SUCCESS else { return nil }
        return program
    }

    /// A built program in the device's own format; nil where the driver has none to give.
    private func binary(of program: borrowing Program) -> [UInt8]? {
        // A program made from its source belongs to all units, though it is built for one, and drivers differ in where that
        // shows: PoCL keeps a compute unit's program as the whole device's. Any unit takes the binary of any other.
        var sizes = [Int](repeating: 0, count: units.count)
        guard ask(program, CL_PROGRAM_BINARY_SIZES, &sizes), let place = sizes.firstIndex(where: { $0 > 0 }) else {
            return nil
        }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: sizes[place]) { bytes -> [UInt8]? in
            var targets = [UnsafeMutablePointer<UInt8>?](repeating: nil, count: units.count)
            targets[place] = bytes.baseAddress
            return ask(program, CL_PROGRAM_BINARIES, &targets) ? Array(bytes) : nil
        }
    }

    /// Fills `values`, of which there is one for each unit; whether that went well.
    private func ask<Value: BitwiseCopyable>(
        _ program: borrowing Program, _ property: Int32, _ values: inout [Value]
    ) -> Bool {
        values.withUnsafeMutableBytes { bytes in
            clGetProgramInfo(program.handle, cl_program_info(property), bytes.count, bytes.baseAddress, nil)
                == CL_SUCCESS
        }
    }

    private func compile(
        _ source: String, name: String, options: String, for unit: DeviceUnit
    ) throws(BackendError) -> Program {
        compiled.wrappingAdd(1, ordering: .relaxed)
        var status: cl_int = 0
        let handle = source.withCString { text in
            var text: UnsafePointer<CChar>? = text
            return clCreateProgramWithSource(self.handle, 1, &text, nil, &status)
        }
        guard let handle else {
            throw .deviceFailure(device: deviceName, operation: "loading \(name)", detail: OpenCLStatus.name(status))
        }
        let program = Program(handle: handle)
        var id: cl_device_id? = unit.id
        status = clBuildProgram(handle, 1, &id, options, nil, nil)
        guard status == CL_SUCCESS else {
            let log =
                try? readText { size, memory, needed in
                    clGetProgramBuildInfo(
                        handle, unit.id, cl_program_build_info(CL_PROGRAM_BUILD_LOG), size, memory, needed)
                }
            throw .deviceFailure(
                device: deviceName, operation: "building \(name) with '\(options)'",
                detail: "\(OpenCLStatus.name(status)); the compiler's log:\n\(log ?? "(none)")")
        }
        return program
    }

    /// A kernel of a program.
    func makeKernel(
        _ name: String, in program: borrowing Program, identity: ProgramIdentity
    ) throws(BackendError) -> Kernel {
        var status: cl_int = 0
        guard let handle = clCreateKernel(program.handle, name, &status) else {
            throw .deviceFailure(
                device: deviceName, operation: "finding the kernel \(name)", detail: OpenCLStatus.name(status))
        }
        return Kernel(name: name, program: identity, handle: handle)
    }
}
