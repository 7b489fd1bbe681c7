import Backend
import ParityCases
import TestSupport
import Testing

extension ParitySuite {
    @Suite("Linear")
    struct LinearParity {
        @Test(arguments: BackendUnderTest.all, ParityCheck.all(of: .linear))
        func passes(_ backend: BackendUnderTest, _ check: ParityCheck) throws {
            try expectPassing(check, on: backend)
        }

        /// Shapes that do not fit are rejected with an error that names the operation.
        @Test(arguments: BackendUnderTest.all)
        func refusesShapesThatDoNotFit(_ backend: BackendUnderTest) throws {
            try backend.use { try refuseMismatches(on: $0) }
        }

        private func refuseMismatches(on backend: some Backend) throws {
            let input = try backend.makeActivation(
                ActivationShape(models: 2, samples: 3, channels: 4, image: Extent(2)))
            let output = try backend.makeActivation(
                ActivationShape(models: 2, samples: 3, channels: 5, image: Extent(1)))
            let weights = try backend.staleParameters(models: 2, count: 80)
            let bias = try backend.staleParameters(models: 2, count: 5)
            let counts = SampleCounts([3, 3])
            #expect(throws: Never.self) {
                try backend.linear(input: input, weights: weights, bias: bias, counts: counts, output: output)
            }
            expectShapeMismatch("an output with an extent") {
                try backend.linear(input: output, weights: weights, bias: bias, counts: counts, output: input)
            }
            for (what, weights, weightGradient, biasGradient, inputGradient) in [
                ("weights of another count", bias, weights, bias, input),
                ("a weight gradient of another count", weights, bias, bias, input),
                ("a bias gradient of another count", weights, weights, weights, input),
                ("an input gradient of another shape", weights, weights, bias, output),
            ] {
                expectShapeMismatch(what) {
                    try backend.linearGradients(
                        input: input, weights: weights, outputGradient: output, counts: counts,
                        weightGradient: weightGradient, biasGradient: biasGradient, inputGradient: inputGradient)
                }
            }
            let wrongModels = try backend.staleParameters(models: 1, count: 80)
            expectShapeMismatch("weights of another stack") {
                try backend.linear(input: input, weights: wrongModels, bias: bias, counts: counts, output: output)
            }
            expectShapeMismatch("a negative count") {
                try backend.linear(
                    input: input, weights: weights, bias: bias, counts: SampleCounts([3, -1]), output: output)
            }
        }
    }
}
