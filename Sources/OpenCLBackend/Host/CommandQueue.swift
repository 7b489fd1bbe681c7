import Backend
import COpenCL
import Platform

/// An in-order command queue of a device or of one of its compute units.
final class CommandQueue {
    /// The maximum number of pending launches, beyond which the host waits for the device.
    ///
    /// It is large enough to keep the device busy, and small enough for the progress that the host reports to be accurate.
    private static let maximumPendingLaunches = 256

    private let context: DeviceContext
    private let queue: cl_command_queue
    private var pendingLaunches = 0
    /// The launches of a plan that is being made; nil if none is.
    private var recording: LaunchRecording?
    /// The launches that are held back; nil if none is.
    private var held: [HeldLaunch]?
    /// Whether launches are held back.
    var isHolding: Bool { held != nil }
    /// Whether launches are left out, because their kernels are only listed.
    private var isListing = false
    /// The launches since recording began; nil without recording.
    var recorded: [KernelLaunch]?
    /// The events of recorded launches.
    private var timed: [cl_event] = []
    /// An event after which at most `maximumPendingLaunches` launches are pending.
    private var marker: cl_event?

    var device: OpenCLDevice { context.device }
    private var deviceName: String { device.description.name }

    /// Whether recorded launches are timed.
    private let isProfiling: Bool
    /// Whether to wait for every launch, so that an error is that of the kernel which is named with it.
    private let isTracing = environment("RESNET_BO_OPENCL_TRACE") == "1"
    /// The kernel that was launched last, for errors that are reported later.
    private var lastKernel: Kernel?
    private var lastKernelName: String {
        lastKernel.map { isTracing ? $0.name : "\($0.name) or a kernel before it (RESNET_BO_OPENCL_TRACE=1 finds it)" }
            ?? "the first kernel"
    }

    /// - Parameters:
    ///   - unit: the device or one of its compute units.
    ///   - isProfiling: whether the device measures the duration of recorded launches.
    init(_ context: DeviceContext, unit: DeviceUnit, isProfiling: Bool = false) throws(BackendError) {
        self.context = context
        self.isProfiling = isProfiling
        var status: cl_int = 0
        let properties = isProfiling ? cl_command_queue_properties(CL_QUEUE_PROFILING_ENABLE) : 0
        guard let queue = clCreateCommandQueue(context.handle, unit.id, properties, &status) else {
            throw .deviceFailure(
                device: context.device.description.name, operation: "creating a queue",
                detail: OpenCLStatus.name(status))
        }
        self.queue = queue
    }

    deinit {
        if let marker { clReleaseEvent(marker) }
        clFinish(queue)
        clReleaseCommandQueue(queue)
    }

    private func check(_ status: cl_int, _ operation: @autoclosure () -> String) throws(BackendError) {
        guard status != CL_SUCCESS else { return }
        try OpenCLStatus.check(status, device: deviceName, operation: operation())
    }

    // MARK: Memory

    /// Allocates memory filled with zero bytes.
    func makeBuffer(byteCount: Int) throws(BackendError) -> DeviceBuffer {
        recording?.isRepeatable = false
        let size = max(byteCount, 4)
        guard size <= device.maximumBufferBytes else {
            throw .outOfMemory(
                device: deviceName, requestedBytes: size,
                detail: "a buffer of this device holds at most \(device.maximumBufferBytes)")
        }
        let taken = context.memory.bytes
        guard taken + size <= device.description.memoryBytes else {
            throw .outOfMemory(
                device: deviceName, requestedBytes: size,
                detail: "\(taken) of the device's \(device.description.memoryBytes) bytes are taken")
        }
        var status: cl_int = 0
        guard let handle = clCreateBuffer(context.handle, cl_mem_flags(CL_MEM_READ_WRITE), size, nil, &status) else {
            throw .outOfMemory(device: deviceName, requestedBytes: size, detail: OpenCLStatus.name(status))
        }
        let buffer = DeviceBuffer(owning: handle, byteCount: size, countedIn: context.memory)
        var zero: UInt8 = 0
        // A driver may allocate the memory at its first use.
        status = clEnqueueFillBuffer(queue, handle, &zero, 1, 0, size, 0, nil, nil)
        if [CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_RESOURCES, CL_OUT_OF_HOST_MEMORY].contains(status) {
            throw .outOfMemory(device: deviceName, requestedBytes: size, detail: OpenCLStatus.name(status))
        }
        try check(status, "clearing a buffer")
        return buffer
    }

    /// Allocates memory with the given contents.
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

    /// The first `count` elements, after all previous commands have completed.
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
        try check(status, "reading a buffer after \(lastKernelName)")
        return values
    }

    /// The duration of each recorded launch on the device in seconds, after all of them have completed.
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

    /// Waits until all previous commands have completed.
    func finish() throws(BackendError) {
        try check(clFinish(queue), "waiting for \(lastKernelName)")
        pendingLaunches = 0
    }

    /// Sends all previous commands to the device.
    func flush() throws(BackendError) {
        try check(clFlush(queue), "starting the queue")
    }

    // MARK: Launches

    /// Enqueues a kernel.
    ///
    /// - Parameters:
    ///   - groups: the number of work-groups in each dimension.
    ///   - local: the work-group size.
    ///   - arguments: one for each parameter, by its name; in the order of the kernel they are set fastest.
    ///   - work: the work of the kernel; evaluated only if launches are recorded.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)`` for an argument that the kernel does not have or
    ///   that is missing or of another kind.
    func launch(
        _ kernel: Kernel, groups: WorkSize, of local: WorkSize, _ arguments: KeyValuePairs<String, KernelArgument>,
        work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        guard groups.count > 0, !isListing else { return }
        guard held == nil else {
            held?.append(
                HeldLaunch(kernel: kernel, groups: groups, local: local, arguments: arguments, work: work()))
            return
        }
        try launch(kernel, groups: groups, of: local, arguments.map { ($0.key, $0.value) }, work: work())
    }

    /// Enqueues a launch that was held back.
    func launch(_ held: HeldLaunch) throws(BackendError) {
        try launch(held.kernel, groups: held.groups, of: held.local, held.arguments, work: held.work)
    }

    /// Runs `body` and returns its launches, none of which is enqueued.
    func hold(_ body: () throws(BackendError) -> Void) throws(BackendError) -> [HeldLaunch] {
        held = []
        defer { held = nil }
        try body()
        return held ?? []
    }

    func launch(
        _ kernel: Kernel, groups: WorkSize, of local: WorkSize, _ arguments: [(key: String, value: KernelArgument)],
        work: @autoclosure () -> KernelWork
    ) throws(BackendError) {
        if recorded != nil {
            recorded?.append(
                KernelLaunch(
                    kernel: kernel.name, program: kernel.program.identity, workGroups: groups.count,
                    workItems: local.count, work: work()))
        }
        let range = try LaunchRange(groups, of: local, kernel, device: deviceName)
        guard recording?.isRepeatable == true else {
            _ = try set(arguments, of: kernel)
            return try enqueue(kernel, range)
        }
        let kernel = try kernel.copy()
        let ofStep = try set(arguments, of: kernel)
        recording?.launches.append(
            PlannedLaunch(kernel: kernel, range: range, ofStep: ofStep, buffers: arguments.compactMap(\.value.buffer)))
        try enqueue(kernel, range)
    }

    /// Sets all arguments of a kernel, and returns those that differ from step to step.
    private func set(
        _ arguments: [(key: String, value: KernelArgument)], of kernel: Kernel
    ) throws(BackendError) -> [(argument: StepArgument, index: Int)] {
        var arrived = ArgumentCheck(kernel.signature)
        var ofStep: [(StepArgument, Int)] = []
        for (name, argument) in arguments {
            let index = try arrived.accept(name, argument.kind)
            if case .ofStep(let which, _) = argument { ofStep.append((which, index)) }
            try check(kernel.set(argument, at: index), "setting the argument '\(name)' of \(kernel.name)")
        }
        try arrived.finish()
        return ofStep
    }

    /// Enqueues a kernel whose arguments are set.
    private func enqueue(_ kernel: Kernel, _ range: LaunchRange) throws(BackendError) {
        lastKernel = kernel
        var event: cl_event?
        let status =
            if isProfiling && recorded != nil {
                range.enqueue(kernel, in: queue, event: &event)
            } else {
                range.enqueue(kernel, in: queue, event: nil)
            }
        if let event { timed.append(event) }
        try check(status, "launching \(kernel.name) on \(range)")
        if isTracing { try check(clFinish(queue), "running \(kernel.name) on \(range)") }
        pendingLaunches += 1
        if pendingLaunches >= Self.maximumPendingLaunches / 2 {
            pendingLaunches = 0
            try limitPendingLaunches()
        }
    }

    /// Runs `body` without its launches.
    func withoutLaunches(_ body: () throws(BackendError) -> Void) throws(BackendError) {
        isListing = true
        defer { isListing = false }
        try body()
    }

    // MARK: Plans

    /// Runs `body` and returns its launches; nil if the next step has other ones.
    func recordLaunches(_ body: () throws(BackendError) -> Void) throws(BackendError) -> [PlannedLaunch]? {
        recording = LaunchRecording()
        defer { recording = nil }
        try body()
        return recording.flatMap { $0.isRepeatable ? $0.launches : nil }
    }

    /// Enqueues recorded launches with the values of another step.
    func repeatLaunches(_ launches: [PlannedLaunch], for step: StackStep<OpenCLBackend>) throws(BackendError) {
        for launch in launches {
            for (argument, index) in launch.ofStep {
                try check(
                    launch.kernel.set(step[argument], at: index), "setting an argument of \(launch.kernel.name)")
            }
            try enqueue(launch.kernel, launch.range)
        }
    }

    // MARK: Flow

    /// Waits for the marker of half the maximum of launches ago and sets the next one, so that the queue does not become empty.
    private func limitPendingLaunches() throws(BackendError) {
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
