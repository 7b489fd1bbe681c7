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
}
