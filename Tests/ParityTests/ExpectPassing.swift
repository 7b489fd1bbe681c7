import ParityCases
import TestSupport
import Testing

/// Expects the results of a backend to be within the tolerances of the reference's.
///
/// Skips a case that would take a software rasteriser minutes.
func expectPassing(
    _ check: ParityCheck, on backend: BackendUnderTest, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    if !check.isSmall && backend.isSlow { try Test.cancel("\(backend.name) runs only the small cases") }
    let report = try backend.use { try check.run(on: $0) }
    #expect(!report.comparisons.isEmpty, sourceLocation: sourceLocation)
    #expect(report.failure == nil, "\(backend.name), \(report)", sourceLocation: sourceLocation)
}
