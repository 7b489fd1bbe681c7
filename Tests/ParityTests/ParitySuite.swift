import Testing

/// Every operation on every backend against the scalar reference, with one file per operation.
///
/// Run it alone with `swift test -c release --filter ParityTests`. It is serialised, because the backends
/// share the machine's cores and OpenCL devices.
@Suite("Parity", .serialized, .timeLimit(.minutes(10)))
enum ParitySuite {}
