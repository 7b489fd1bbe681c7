package import Backend

/// The launches of a step, which are recorded once and then repeated.
///
/// A launch has a kernel object of its own, whose arguments keep their values from step to step. Repeating a launch is one call
/// of the driver; performing it again would look up its kernel, check its arguments and set each of them.
package final class LaunchPlan {
    /// Nil before the launches are recorded.
    private var launches: [PlannedLaunch]?
    /// The data set of the recorded step.
    private var dataset: OpenCLDataset?

    /// Whether the programs of its operations are built.
    fileprivate var isPrepared = false

    /// The launches of a step on a data set; nil before they are recorded.
    func launches(for dataset: OpenCLDataset) -> [PlannedLaunch]? { self.dataset === dataset ? launches : nil }

    func set(_ launches: [PlannedLaunch], for dataset: OpenCLDataset) {
        self.launches = launches
        self.dataset = dataset
    }
}

/// A recorded launch.
struct PlannedLaunch {
    /// A kernel object that no other launch has.
    let kernel: Kernel
    let range: LaunchRange
    /// The arguments that are set again for each step.
    let ofStep: [(argument: StepArgument, index: Int)]
    /// The memory of the arguments, which the kernel object does not keep.
    let buffers: [DeviceBuffer]
}

/// The launches that a queue is recording.
struct LaunchRecording {
    var launches: [PlannedLaunch] = []
    /// Whether another step has the same launches.
    ///
    /// A step that allocates memory is one of the first: buffers that are too small are replaced in it, and sums are added early.
    var isRepeatable = true
}

/// The arguments of kernels that differ from step to step.
enum StepArgument {
    case order, orderLength, changes, start, lossSums, corrects, scoreSteps, number
}

extension StackStep where B == OpenCLBackend {
    /// The value of an argument in this step.
    subscript(_ argument: StepArgument) -> KernelArgument {
        switch argument {
        case .order: .buffer(order.indices)
        case .orderLength: .int(order.stride)
        case .changes: .buffer(order.changes)
        case .start: .int(start)
        case .lossSums: .buffer(scores.lossSums)
        case .corrects: .buffer(scores.corrects)
        case .scoreSteps: .int(scores.steps)
        case .number: .int(number)
        }
    }
}

extension OpenCLBackend {
    package func makeStepPlan() -> LaunchPlan { LaunchPlan() }

    package func uncheckedPerform(
        _ step: StackStep<OpenCLBackend>, plan: LaunchPlan, operations: () throws(BackendError) -> Void
    ) throws(BackendError) {
        // Whoever lists or times launches wants them one by one.
        guard queue.recorded == nil else { return try operations() }
        // Of operations before the step.
        try pendingSums.flush()
        if !plan.isPrepared {
            try library.buildPrograms { () throws(BackendError) in try queue.withoutLaunches(operations) }
            plan.isPrepared = true
        }
        if let launches = plan.launches(for: step.dataset) {
            try queue.repeatLaunches(launches, for: step)
        } else if let launches = try queue.recordLaunches(operations), pendingSums.isEmpty {
            plan.set(launches, for: step.dataset)
        }
        try queue.flush()
    }
}
