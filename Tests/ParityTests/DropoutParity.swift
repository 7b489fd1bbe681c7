import Backend
import ParityCases
import ReferenceBackend
import TestSupport
import Testing

extension ParitySuite {
    @Suite("Dropout")
    struct DropoutParity {
        @Test(arguments: BackendUnderTest.all, ParityCheck.all(of: .dropout))
        func passes(_ backend: BackendUnderTest, _ check: ParityCheck) throws {
            try expectPassing(check, on: backend)
        }

        /// Shapes that do not fit are rejected; the checks are common to all backends.
        @Test func refusesShapesThatDoNotFit() throws {
            let backend = ReferenceBackend(.single)
            let masks = try backend.makeMasks(MaskShape(models: 2, samples: 6, values: 40))
            func run(start: Int, values: Int = 40, outputs: Int = 40, counts: [Int] = [3, 2], scales count: Int = 1)
                throws
            {
                func activation(_ channels: Int) throws -> ReferenceActivation {
                    try backend.makeActivation(
                        ActivationShape(models: 2, samples: 3, channels: channels, image: Extent(1)))
                }
                try backend.dropout(
                    masks, start: start, scales: backend.makeParameters(models: 2, count: count),
                    input: activation(values), counts: SampleCounts(counts), output: activation(outputs))
            }
            #expect(throws: Never.self) { try run(start: 3) }
            expectShapeMismatch("samples beyond the masks") { try run(start: 4) }
            expectShapeMismatch("samples before the masks") { try run(start: -1) }
            expectShapeMismatch("another number of values") { try run(start: 0, values: 39, outputs: 39) }
            expectShapeMismatch("an output of another shape") { try run(start: 0, outputs: 39) }
            expectShapeMismatch("too many samples") { try run(start: 0, counts: [4, 2]) }
            expectShapeMismatch("several scales a model") { try run(start: 0, scales: 2) }
            expectShapeMismatch("masks of one model") { try backend.write([[1, 2]], to: masks) }
            expectShapeMismatch("half of a sample's words") { try backend.write([[1, 2, 3], []], to: masks) }
            expectShapeMismatch("too many words") {
                try backend.write([Array(repeating: 0, count: 14), []], to: masks)
            }
        }
    }
}
