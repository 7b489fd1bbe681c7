import Testing

/// Every operation on every backend against the scalar reference, one file an operation.
///
/// Run it alone with `swift test -c release --filter ParityTests`. Serialised, because the backends share the machine's
/// cores and OpenCL devices.
@Suite("Parity", .serialized, .timeLimit(.minutes(10)))
enum ParitySuite {}
