import Backend
import Testing

/// Expects that shapes that do not fit are rejected.
func expectShapeMismatch(
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("\(what) was accepted", sourceLocation: sourceLocation)
    } catch BackendError.shapeMismatch(let operation, let expected, let found) {
        #expect(!operation.isEmpty && !expected.isEmpty && !found.isEmpty, sourceLocation: sourceLocation)
    } catch {
        Issue.record("\(what) threw \(error)", sourceLocation: sourceLocation)
    }
}
