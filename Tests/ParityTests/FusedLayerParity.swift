import ParityCases
import TestSupport
import Testing

extension ParitySuite {
    @Suite("Fused layer")
    struct FusedLayerParity {
        @Test(arguments: BackendUnderTest.all, ParityCheck.all(of: .convolution, .batchNorm, .maxPool, .fusedLayer))
        func passes(_ backend: BackendUnderTest, _ check: ParityCheck) throws {
            try expectPassing(check, on: backend)
        }
    }
}
