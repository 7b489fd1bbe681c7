/// The operations that a network needs from a device: the contract that every backend implements.
///
/// Every operation works on a **stack** of `M` models of the same architecture. Every parameter, activation and gradient
/// has a leading model axis, and one call processes the whole stack; a single model is a stack with `M = 1`. The models
/// do not influence each other: a stack gives each model the same bits as a stack of that model alone.
///
/// A model may have fewer samples in a step than the capacity of the activations, or none (``SampleCounts``). Samples
/// beyond a model's count are padding: an operation may write any values there, and no result depends on them.
///
/// A family of operations is a protocol of requirements without checks, and an extension of it with the functions that callers
/// use: they check the shapes once, for all backends, and then call the requirement. A backend implements the requirements.
///
/// All values that enter or leave a backend are in NCHW order, `[model][sample][channel][row][column]`
/// (``StorageOperations``). The memory layout of activations inside a backend is not part of the contract.
///
/// Operations may run asynchronously (a queue on a device). They run in the order of the calls;
/// ``StorageOperations/synchronize()`` and every `read` wait for them. A backend is used from one thread at a time.
///
/// Arithmetic is fp32 with the semantics of PyTorch's modules; sums over a batch or a plane are accumulated so that
/// their error does not grow with the length. NaN in gives NaN out.
package protocol Backend:
    StorageOperations, GatherOperations, FusedLayerOperations, AveragePoolOperations, PaddedShortcutOperations,
    DropoutOperations, LinearCrossEntropyOperations, OptimizerOperations, StepOperations, TogetherOperations
{
    /// The device that this backend runs on.
    var device: DeviceDescription { get }

    /// The number of models for which a step with `samples` samples per model is most efficient.
    ///
    /// A larger stack is faster in parts of this size: with fewer models processors are idle, with more models the
    /// activations do not fit in the cache. The bits of a result do not depend on it.
    func preferredModels(samples: Int) -> Int

    /// The number of samples per model for which an evaluation step is most efficient, if training takes `samples`; at least as many.
    ///
    /// The loss of a step is a sum over its samples, so the last bits of a loss depend on it.
    func preferredEvaluationSamples(samples: Int) -> Int

    /// The most bytes of pixels that a data set on the device may have; nil for no limit.
    ///
    /// Larger ones stay on the host, and their samples are copied as they are needed.
    var largestDatasetBytes: Int? { get }

    /// At most `count` backends that divide this backend's hardware among them, for steps of `samples` samples per model.
    ///
    /// Teams may be used at the same time, each by its own thread. Models on different teams do not wait for each other; in
    /// one step of all models they would wait after every operation.
    ///
    /// A team accepts storage that this backend or another of its teams has made. Two teams must not use the same storage
    /// at the same time, and the previous user calls ``StorageOperations/synchronize()`` before the next one begins. This
    /// backend is not used while its teams are. The bits of a result do not depend on the team.
    func makeTeams(atMost count: Int, samples: Int) throws(BackendError) -> [Self]

    /// Calls `body(0)`, ..., `body(count - 1)`, concurrently if there are enough threads, and returns when all calls have
    /// returned.
    func runTeams(_ count: Int, _ body: (_ team: Int) -> Void)
}

extension Backend {
    /// As many as in training.
    package func preferredEvaluationSamples(samples: Int) -> Int { samples }

    /// No limit: the default for a device with the memory of the host.
    package var largestDatasetBytes: Int? { nil }

    /// Only this backend: the default for a device that runs each operation in parallel.
    package func makeTeams(atMost count: Int, samples: Int) throws(BackendError) -> [Self] { [self] }

    package func runTeams(_ count: Int, _ body: (_ team: Int) -> Void) {
        for team in 0..<count { body(team) }
    }
}
