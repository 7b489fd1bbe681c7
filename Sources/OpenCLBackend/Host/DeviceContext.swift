import Backend
import COpenCL
import Platform
import Synchronization

/// The memory and the programs of a device, which its queues share.
///
/// Unlike a queue, it may be used from several threads at the same time.
final class DeviceContext {
    let device: OpenCLDevice
    let cache: CacheFolder
    let handle: cl_context
    /// The whole device, followed by each of its compute units if it is partitioned.
    let units: [DeviceUnit]

    let memory = MemoryCount()
    /// What the compiler said about each program that was compiled from source.
    private let reports = Mutex<[BuildReport]>([])

    private var deviceName: String { device.description.name }

    /// - Parameter isPartitioned: whether to partition the device into its compute units, if the driver supports it.
    init(device: OpenCLDevice, cache: CacheFolder, isPartitioned: Bool) throws(BackendError) {
        self.device = device
        self.cache = cache
        let computeUnits = isPartitioned ? DeviceUnit.computeUnits(of: device) : []
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

    /// The number of programs that were compiled from source.
    var compilations: Int { buildReports.count }

    /// What the compiler said about each of them.
    var buildReports: [BuildReport] { reports.withLock { $0 } }

    /// Loads a program from the cache, or else compiles it and stores it there.
    ///
    /// - Parameters:
    ///   - source: OpenCL C.
    ///   - name: the name of the program in errors.
    ///   - unit: the device or compute unit that runs it.
    ///   - count: the number of programs that are built together; nil if it is not known.
    /// - Throws: ``BackendError/deviceFailure(device:operation:detail:)`` with the options and the compiler's log.
    func build(
        _ source: String, name: String, options: String, for unit: DeviceUnit, isOneOf count: Int? = nil
    ) throws(BackendError) -> Program {
        let identity = device.identity
        let key = "\(identity)\n\(options)\n\(source)"
        let file = "program-\(String(fnv1a("\(device.description.name)\n\(name)\n\(options)".utf8), radix: 16)).bin"
        if let binary = cache.read(file, for: key), let program = load(binary, for: unit) { return program }
        let program = try compile(source, name: name, options: options, for: unit, isOneOf: count)
        if let binary = binary(of: program) { cache.write(binary, for: key, name: file) }
        return program
    }

    /// A program from its binary; nil if the driver rejects it.
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

    /// The binary of a built program; nil if the driver provides none.
    private func binary(of program: borrowing Program) -> [UInt8]? {
        // A program from source is associated with all units, although it is built for one of them. Drivers differ in which
        // unit has the binary: PoCL stores the binary for a compute unit as that of the whole device. All units accept it.
        var sizes = [Int](repeating: 0, count: units.count)
        guard ask(program, CL_PROGRAM_BINARY_SIZES, &sizes), let index = sizes.firstIndex(where: { $0 > 0 }) else {
            return nil
        }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: sizes[index]) { bytes -> [UInt8]? in
            var targets = [UnsafeMutablePointer<UInt8>?](repeating: nil, count: units.count)
            targets[index] = bytes.baseAddress
            return ask(program, CL_PROGRAM_BINARIES, &targets) ? Array(bytes) : nil
        }
    }

    /// Reads a property that has one value per unit; returns whether the call succeeded.
    private func ask<Value: BitwiseCopyable>(
        _ program: borrowing Program, _ property: Int32, _ values: inout [Value]
    ) -> Bool {
        values.withUnsafeMutableBytes { bytes in
            clGetProgramInfo(program.handle, cl_program_info(property), bytes.count, bytes.baseAddress, nil)
                == CL_SUCCESS
        }
    }

    private func compile(
        _ source: String, name: String, options: String, for unit: DeviceUnit, isOneOf count: Int?
    ) throws(BackendError) -> Program {
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
        showProgress(of: count)
        status = clBuildProgram(handle, 1, &id, options, nil, nil)
        if Terminal.isCapable { StandardError.clear() }
        let log =
            try? readText(CL_PROGRAM_BUILD_LOG, of: deviceName) { size, memory, needed in
                clGetProgramBuildInfo(
                    handle, unit.id, cl_program_build_info(CL_PROGRAM_BUILD_LOG), size, memory, needed)
            }
        guard status == CL_SUCCESS else {
            throw .deviceFailure(
                device: deviceName, operation: "building \(name) with '\(options)'",
                detail: "\(OpenCLStatus.name(status)); the compiler's log:\n\(log ?? "(none)")")
        }
        reports.withLock { $0.append(BuildReport(file: name, options: options, log: log ?? "")) }
        return program
    }

    /// Draws a line at a terminal, because a compiler may take minutes for all programs.
    ///
    /// - Parameter count: the number of programs that are built together.
    private func showProgress(of count: Int?) {
        guard Terminal.isCapable else { return }
        let line =
            "Building kernels for \(deviceName): program \(buildReports.count + 1)"
            + (count.map { " of \($0)" } ?? "")
        // The last column is left empty, because some terminals wrap a line that fills it.
        StandardError.draw(String(line.prefix(max(Terminal.columns - 1, 1))))
    }
}
