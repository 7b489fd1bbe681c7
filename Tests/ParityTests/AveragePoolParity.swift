import Backend
import ParityCases
import ReferenceBackend
import TestSupport
import Testing

extension ParitySuite {
    @Suite("Average-pool")
    struct AveragePoolParity {
        @Test(arguments: BackendUnderTest.all, ParityCheck.all(of: .averagePool))
        func passes(_ backend: BackendUnderTest, _ check: ParityCheck) throws {
            try expectPassing(check, on: backend)
        }

        /// Shapes that do not fit are rejected; the checks are common to all backends.
        @Test func refusesShapesThatDoNotFit() throws {
            let backend = ReferenceBackend(.single)
            func pool(_ kernel: Int, from side: Int, to output: Int, counts: SampleCounts = SampleCounts([2])) throws {
                func activation(_ side: Int) throws -> ReferenceActivation {
                    try backend.makeActivation(ActivationShape(models: 1, samples: 2, channels: 3, image: Extent(side)))
                }
                let pool = AveragePool(kernel: Extent(kernel), stride: Extent(2))
                try backend.averagePool(pool, input: activation(side), counts: counts, output: activation(output))
                try backend.averagePoolGradient(
                    pool, outputGradient: activation(output), counts: counts, inputGradient: activation(side))
            }
            #expect(throws: Never.self) { try pool(3, from: 5, to: 2) }
            expectShapeMismatch("an output of another extent") { try pool(3, from: 5, to: 5) }
            expectShapeMismatch("a window larger than the image") { try pool(3, from: 2, to: 2) }
            expectShapeMismatch("an empty window") { try pool(0, from: 5, to: 3) }
            expectShapeMismatch("more samples than the capacity") {
                try pool(3, from: 5, to: 2, counts: SampleCounts([3]))
            }
        }
    }
}
