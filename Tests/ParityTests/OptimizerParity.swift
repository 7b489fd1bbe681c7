import Backend
import ParityCases
import TestSupport
import Testing

extension ParitySuite {
    @Suite("Optimizer")
    struct OptimizerParity {
        @Test(arguments: BackendUnderTest.all, ParityCheck.all(of: .optimizer))
        func passes(_ backend: BackendUnderTest, _ check: ParityCheck) throws {
            try expectPassing(check, on: backend)
        }

        /// Shapes that do not fit are rejected with an error that names the operation.
        @Test(arguments: BackendUnderTest.all)
        func refusesShapesThatDoNotFit(_ backend: BackendUnderTest) throws {
            try backend.use { try refuseMismatches(on: $0) }
        }

        private func refuseMismatches(on backend: some Backend) throws {
            let parameters = try backend.makeParameters(models: 2, count: 5)
            let fewer = try backend.makeParameters(models: 2, count: 4)
            let rates = try backend.makeParameters(models: 2, count: 1)
            let counts = SampleCounts([1, 1])
            expectShapeMismatch("fewer gradients") {
                try backend.sgdStep(parameters: parameters, gradients: fewer, learningRates: rates, counts: counts)
            }
            expectShapeMismatch("several learning rates a model") {
                try backend.sgdStep(
                    parameters: parameters, gradients: parameters, learningRates: parameters, counts: counts)
            }
            for misfit in 0..<3 {
                expectShapeMismatch("momentum, storage \(misfit)") {
                    try backend.sgdStep(
                        parameters: parameters, gradients: parameters, velocities: misfit == 0 ? fewer : parameters,
                        learningRates: rates, momenta: misfit == 1 ? parameters : rates,
                        weightDecays: misfit == 2 ? parameters : rates, counts: counts)
                }
            }
            expectShapeMismatch("several limits a model") {
                try backend.clipGradients(parameters, maxima: fewer, counts: counts)
            }
            for step in [-1, 5] {
                expectShapeMismatch("step \(step) of a schedule of five") {
                    try backend.selectLearningRates(from: parameters, step: step, to: rates)
                }
            }
            expectShapeMismatch("several learning rates of a step") {
                try backend.selectLearningRates(from: parameters, step: 0, to: fewer)
            }
            expectShapeMismatch("one count for two models") {
                try backend.sgdStep(
                    parameters: parameters, gradients: parameters, learningRates: rates, counts: SampleCounts([1]))
            }
        }
    }
}
