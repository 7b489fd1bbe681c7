import Backend
import COpenCL
import Foundation

/// The way to a device: its memory, its programs, and the queue in which everything happens in the order of the calls.
final class CommandQueue {
    /// Launches that may be waiting in the queue before the host waits for the device to catch up.
    ///
    /// Enough to keep the device busy, few enough that the host's idea of progress means something.
    private static let launchesAhead = 256

    let device: OpenCLDevice
    private let context: cl_context
    private let queue: cl_command_queue
    private var launches = 0
    /// The launches since recording began; nil where nobody records.
    var recorded: [KernelLaunch]?
    /// The events of recorded launches.
    private var timed: [cl_event] = []
    /// Reached by the device when it has done all but the last `launchesAhead` launches or fewer.
    private var marker: cl_event?

    var deviceName: String { device.description.name }

    /// Bytes of device memory that are allocated, and the most at once.
    private(set) var memory = MemoryUse()
    /// Programs that were compiled from their source.
    private(set) var compilations = 0
    let cache: CacheFolder
    /// Whether launches are timed where they are recorded.
    private let isProfiling: Bool
    /// The kernel that was launched last, for errors that show only later.
    private var lastKernel = "the first kernel"

    /// - Parameter isProfiling: Whether the device takes the time of recorded launches.
    init(device: OpenCLDevice, cache: CacheFolder, isProfiling: Bool = false) throws(BackendError) {
        self.device = device
        self.cache = cache
        self.isProfiling = isProfiling
        let name = device.description.name
        var status: cl_int = 0
        var id: cl_device_id? = device.id
        guard let context = clCreateContext(nil, 1, &id, nil, nil, &status) else {
            throw .deviceFailure(device: name, operation: "creating a context", detail: OpenCLStatus.name(status))
        }
        guard
            let queue = clCreateCommandQueue(
                context, device.id, isProfiling ? cl_command_queue_properties(CL_QUEUE_PROFILING_ENABLE) : 0, &status)
        else {
            clReleaseContext(context)
            throw .deviceFailure(device: name, operation: "creating a queue", detail: OpenCLStatus.name(status))
        }
        self.context = context
        self.queue = queue
    }

    deinit {
        if let marker { clReleaseEvent(marker) }
        clFinish(queue)
        clReleaseCommandQueue(queue)
        clReleaseContext(context)
    }

    private func check(_ status: cl_int, _ operation: @autoclosure () -> String) throws(BackendError) {
        guard status != CL_SUCCESS else { return }
        try OpenCLStatus.check(status, device: deviceName, operation: operation())
    }

    // MARK: Memory

    /// Memory filled with zero bytes.
    func makeBuffer(byteCount: Int) throws(BackendError) -> DeviceBuffer {
        let size = max(byteCount, 4)
        guard size <= device.maximumBufferBytes else {
            throw .outOfMemory(
                device: deviceName, requestedBytes: size,
                detail: "a buffer of this device holds at most \(device.maximumBufferBytes)")
        }
        guard memory.current.value + size <= device.description.memoryBytes else {
            throw .outOfMemory(
                device: deviceName, requestedBytes: size,
                detail: "\(memory.current.value) of the device's \(device.description.memoryBytes) bytes are taken")
        }
        var status: cl_int = 0
        guard let handle = clCreateBuffer(context, cl_mem_flags(CL_MEM_READ_WRITE), size, nil, &status) else {
            throw .outOfMemory(device: deviceName, requestedBytes: size, detail: OpenCLStatus.name(status))
        }
        let buffer = DeviceBuffer(owning: handle, byteCount: size, countedIn: memory.current)
        memory.peak = max(memory.peak, memory.current.value)
        var zero: UInt8 = 0
        // Drivers may put off the allocation until the memory is used for the first time.
        status = clEnqueueFillBuffer(queue, handle, &zero, 1, 0, size, 0, nil, nil)
        if [CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_RESOURCES, CL_OUT_OF_HOST_MEMORY].contains(status) {
            throw .outOfMemory(device: deviceName, requestedBytes: size, detail: OpenCLStatus.name(status))
        }
        try check(status, "clearing a buffer")
        return buffer
    }

    /// Memory with the given contents.
    func makeBuffer<Element: BitwiseCopyable>(_ values: [Element]) throws(BackendError) -> DeviceBuffer {
        let buffer = try makeBuffer(byteCount: values.count * MemoryLayout<Element>.stride)
        try write(values, to: buffer)
        return buffer
    }

    func write<Element: BitwiseCopyable>(_ values: [Element], to buffer: DeviceBuffer) throws(BackendError) {
        guard !values.isEmpty else { return }
        let size = values.count * MemoryLayout<Element>.stride
        precondition(size <= buffer.byteCount)
        let status = values.withUnsafeBytes { bytes in
            clEnqueueWriteBuffer(
                queue, buffer.handle, cl_bool(CL_TRUE), 0, size, bytes.baseAddress, 0, nil, nil)
        }
        try check(status, "writing a buffer")
    }

    /// The first `count` elements, once everything before has run.
    func read<Element: BitwiseCopyable>(
        _ buffer: DeviceBuffer, as type: Element.Type, count: Int
    ) throws(BackendError) -> [Element] {
        precondition(count * MemoryLayout<Element>.stride <= buffer.byteCount)
        guard count > 0 else { return [] }
        var status: cl_int = 0
        let values = [Element](unsafeUninitializedCapacity: count) { memory, initialized in
            status = clEnqueueReadBuffer(
                queue, buffer.handle, cl_bool(CL_TRUE), 0, count * MemoryLayout<Element>.stride, memory.baseAddress, 0,
                nil, nil)
            initialized = status == CL_SUCCESS ? count : 0
        }
        try check(status, "reading a buffer after \(lastKernel)")
        return values
    }

    /// The seconds that each of the recorded launches took on the device, once all have run.
    func takeTimes() throws(BackendError) -> [Double] {
        try finish()
        defer {
            timed.forEach { clReleaseEvent($0) }
            timed = []
        }
        var seconds: [Double] = []
        for event in timed {
            var times: (begin: cl_ulong, end: cl_ulong) = (0, 0)
            let size = MemoryLayout<cl_ulong>.size
            try check(
                clGetEventProfilingInfo(
                    event, cl_profiling_info(CL_PROFILING_COMMAND_START), size, &times.begin, nil), "profiling")
            try check(
                clGetEventProfilingInfo(event, cl_profiling_info(CL_PROFILING_COMMAND_END), size, &times.end, nil),
                "profiling")
            seconds.append(Double(times.end &- times.begin) * 1e-9)
        }
        return seconds
    }

    /// Waits until everything before has run.
    func finish() throws(BackendError) {
        try check(clFinish(queue), "waiting for \(lastKernel)")
    }

    // MARK: Programs

    /// A built program: from the cache, or else compiled and kept there.
    ///
    /// - Parameters:
    ///   - source: OpenCL C.
    ///   - name: What the program is called in errors.
    /// - Throws: ``BackendError/deviceFailure(device:operation:detail:)`` with the options and the compiler's log.
    func build(_ source: String, name: String, options: String) throws(BackendError) -> Program {
        let identity = device.identity
        let key = "\(identity)\n\(options)\n\(source)"
        let file = "program-\(String(fnv1a("\(device.description.name)\n\(name)\n\(options)".utf8), radix: 16)).bin"
        if let binary = cache.read(file, for: key), let program = load(binary) { return program }
        let program = try compile(source, name: name, options: options)
        if let binary = binary(of: program) { cache.write(binary, for: key, name: file) }
        return program
    }

    /// A program from the device's own format; nil where the driver does not take it.
    private func load(_ binary: Data) -> Program? {
        var status: cl_int = 0
        var id: cl_device_id? = device.id
        var size = binary.count
        let handle = binary.withUnsafeBytes { bytes in
            var bytes: UnsafePointer<UInt8>? = bytes.bindMemory(to: UInt8.self).baseAddress
            return clCreateProgramWithBinary(context, 1, &id, &size, &bytes, nil, &status)
        }
        guard let handle else { return nil }
        let program = Program(handle: handle)
        guard clBuildProgram(handle, 1, &id, nil, nil, nil) == CL_SUCCESS else { return nil }
        return program
    }

    /// A built program in the device's own format; nil where the driver has none to give.
    private func binary(of program: borrowing Program) -> Data? {
        var size = 0
        guard
            clGetProgramInfo(
                program.handle, cl_program_info(CL_PROGRAM_BINARY_SIZES), MemoryLayout<Int>.size, &size, nil)
                == CL_SUCCESS, size > 0
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        let status = bytes.withUnsafeMutableBufferPointer { memory in
            var memory: UnsafeMutablePointer<UInt8>? = memory.baseAddress
            return clGetProgramInfo(
                program.handle, cl_program_info(CL_PROGRAM_BINARIES), MemoryLayout<UnsafeMutablePointer<UInt8>?>.size,
                &memory, nil)
        }
        return status == CL_SUCCESS ? Data(bytes) : nil
    }

    private func compile(_ source: String, name: String, options: String) throws(BackendError) -> Program {
        compilations += 1
        var status: cl_int = 0
        let handle = source.withCString { text in
            var text: UnsafePointer<CChar>? = text
            return clCreateProgramWithSource(context, 1, &text, nil, &status)
        }
        guard let handle else {
            throw .deviceFailure(device: deviceName, operation: "loading \(name)", detail: OpenCLStatus.name(status))
        }
        let program = Program(handle: handle)
        var id: cl_device_id? = device.id
        status = clBuildProgram(handle, 1, &id, options, nil, nil)
        guard status == CL_SUCCESS else {
            let log =
                try? readText { size, memory, needed in
                    clGetProgramBuildInfo(
                        handle, device.id, cl_program_build_info(CL_PROGRAM_BUILD_LOG), size, memory, needed)
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

    // MARK: Launches

    /// Enqueues a kernel.
    ///
    /// - Parameters:
    ///   - groups: How many work-groups there are in each dimension.
    ///   - local: The work-items of a work-group.
    ///   - work: What the kernel has to do; asked for where launches are recorded.
    func launch(
        _ kernel: Kernel, groups: WorkSize, of local: WorkSize, _ arguments: [KernelArgument],
        work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        guard groups.count > 0 else { return }
        if recorded != nil {
            recorded?.append(
                KernelLaunch(
                    kernel: kernel.name, program: kernel.program, workGroups: groups.count, workItems: local.count,
                    work: work()))
        }
        lastKernel = kernel.name
        for (index, argument) in arguments.enumerated() {
            try check(set(argument, at: cl_uint(index), of: kernel), "setting argument \(index) of \(kernel.name)")
        }
        let sizes = [groups.x * local.x, groups.y * local.y, groups.z * local.z, local.x, local.y, local.z]
        let isTimed = isProfiling && recorded != nil
        var event: cl_event?
        let status = sizes.withUnsafeBufferPointer { sizes in
            isTimed
                ? clEnqueueNDRangeKernel(
                    queue, kernel.handle, 3, nil, sizes.baseAddress, sizes.baseAddress! + 3, 0, nil, &event)
                : clEnqueueNDRangeKernel(
                    queue, kernel.handle, 3, nil, sizes.baseAddress, sizes.baseAddress! + 3, 0, nil, nil)
        }
        if let event { timed.append(event) }
        try check(status, "launching \(kernel.name) on \(groups.count) work-groups of \(local.count)")
        launches += 1
        if launches.isMultiple(of: Self.launchesAhead / 2) { try letDeviceCatchUp() }
    }

    private func set(_ argument: KernelArgument, at index: cl_uint, of kernel: Kernel) -> cl_int {
        switch argument {
        case .buffer(let buffer):
            var handle: cl_mem? = buffer.handle
            return clSetKernelArg(kernel.handle, index, MemoryLayout<cl_mem?>.size, &handle)
        case .int(let value):
            var value = cl_int(value)
            return clSetKernelArg(kernel.handle, index, MemoryLayout<cl_int>.size, &value)
        case .float(var value):
            return clSetKernelArg(kernel.handle, index, MemoryLayout<Float>.size, &value)
        case .flag(let value):
            var value = cl_int(value ? 1 : 0)
            return clSetKernelArg(kernel.handle, index, MemoryLayout<cl_int>.size, &value)
        }
    }

    /// Waits for the marker set half the launches ago, and sets the next one: the queue is never empty meanwhile.
    private func letDeviceCatchUp() throws(BackendError) {
        var next: cl_event?
        try check(clEnqueueMarkerWithWaitList(queue, 0, nil, &next), "setting a marker")
        try check(clFlush(queue), "starting the queue")
        let previous = marker
        marker = next
        guard var reached = previous as cl_event? else { return }
        defer { clReleaseEvent(reached) }
        var list: cl_event? = reached
        try check(clWaitForEvents(1, &list), "waiting for the device")
        reached = list!
    }
}
