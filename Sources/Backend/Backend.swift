/// What a network needs from a piece of hardware, and nothing else.
///
/// Everything is done on a **stack** of `M` models of the same architecture. Every parameter, activation and gradient
/// has a leading model axis, and one call works on the whole stack; a single model is the stack with `M = 1`. The
/// models never mix: what a stack computes for one model is, bit for bit, what that model alone would give.
///
/// A model may hold fewer samples in a step than the activations have room for, or none (``SampleCounts``). Samples
/// beyond a model's count are padding: an operation may leave anything there, and never lets it reach a result.
///
/// The contract speaks NCHW, `[model][sample][channel][row][column]`, wherever values cross it
/// (``StorageOperations``). How a backend lays its activations out is its own business.
///
/// Operations may run later than the call (a queue on a device). They run in the order of the calls;
/// ``StorageOperations/synchronize()`` and every `read` wait for them. A backend is used from one thread at a time.
///
/// Arithmetic is fp32 with the semantics of PyTorch's modules; sums over a batch or a plane are accumulated so that
/// their error does not grow with the length. NaN in gives NaN out.
package protocol Backend:
    StorageOperations, GatherOperations, ConvolutionNormOperations, LinearOperations, LossOperations,
    OptimizerOperations
{
    /// The hardware behind this backend.
    var device: DeviceDescription { get }

    /// How many models it would rather work on at once, with `samples` of each.
    ///
    /// A caller with more of them gains by going through them in parts of this size: fewer leave a processor idle, more
    /// push each other's activations out of its cache. The bits of a result do not depend on it.
    func preferredModels(samples: Int) -> Int

    /// Backends that share this one's hardware between them, at most `count`, and may be used at the same time, each by a
    /// thread of its own, for steps of `samples` samples of a model.
    ///
    /// Models that train on different teams never wait for each other, which a step of all of them would make them do after
    /// every operation. Any team takes what this backend or another team of it has made, but no two at the same time, and
    /// only after ``StorageOperations/synchronize()`` of whoever had it before; nobody uses this backend meanwhile. The
    /// bits of a result do not depend on the team.
    func makeTeams(atMost count: Int, samples: Int) throws(BackendError) -> [Self]

    /// Calls `body(0)`, ..., `body(count - 1)`, at the same time where there are threads for it, and returns when all are
    /// done.
    func runTeams(_ count: Int, _ body: (_ team: Int) -> Void)
}

extension Backend {
    /// This backend alone: a device that runs whole operations in parallel needs no teams.
    package func makeTeams(atMost count: Int, samples: Int) throws(BackendError) -> [Self] { [self] }

    package func runTeams(_ count: Int, _ body: (_ team: Int) -> Void) {
        for team in 0..<count { body(team) }
    }
}
