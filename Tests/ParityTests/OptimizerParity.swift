import Backend
import ReferenceBackend
import Testing

/// A step of stochastic gradient descent.
struct OptimizerCase: ParityOperation {
    /// Parameters of each model.
    var count: Int
    var counts: SampleCounts

    var poisonable: [String] { ["parameters", "gradients"] }
    var testDescription: String { "\(count) parameters, \(counts.perModel) samples" }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: count)
        return Tensors([
            "parameters": randoms.parameters(models: models, count: count),
            "gradients": randoms.parameters(models: models, count: count),
            "learningRates": randoms.parameters(models: models, count: 1),
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws -> Tensors {
        let parameters = try backend.upload(inputs["parameters"]).storage
        try backend.descend(
            parameters: parameters, gradients: backend.upload(inputs["gradients"]).storage,
            learningRates: backend.upload(inputs["learningRates"]).storage, counts: counts)
        return Tensors([
            "parameters": StackTensor(models: counts.models, count: count, try backend.read(parameters))
        ])
    }

    /// A product, a subtraction and the reference's rounding.
    func tolerances(_ inputs: Tensors, expected: Tensors) -> [String: [Double]] {
        let tolerances = inputs["parameters"].values.indices.map { index -> Double in
            let model = index / count
            guard counts.perModel[model] > 0 else { return 0 }
            let step = Double(inputs["learningRates"].values[model]) * Double(inputs["gradients"].values[index])
            return 3 * Tolerance.u * (abs(Double(inputs["parameters"].values[index])) + abs(step))
                + Tolerance.flushed(2)
        }
        return ["parameters": tolerances]
    }

    static let all: [OptimizerCase] = [
        OptimizerCase(count: 1, counts: SampleCounts([1])),
        OptimizerCase(count: 17, counts: SampleCounts([64, 0, 15, 2, 1])),
        OptimizerCase(count: 11_866, counts: SampleCounts([0, 3])),
    ]
}

extension ParitySuite {
    @Suite("Optimizer")
    struct OptimizerParity {
        @Test(arguments: BackendUnderTest.all, OptimizerCase.all)
        func matchesReference(_ backend: BackendUnderTest, _ operation: OptimizerCase) throws {
            try expectParity(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, OptimizerCase.all)
        func stackEqualsSeparateRuns(_ backend: BackendUnderTest, _ operation: OptimizerCase) throws {
            try expectStackEqualsSeparateRuns(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, OptimizerCase.all)
        func poisonStaysInItsModel(_ backend: BackendUnderTest, _ operation: OptimizerCase) throws {
            try expectPoisonStays(inItsModelOf: operation, on: backend)
        }

        /// A model without samples takes no step, whatever its gradients and its learning rate hold.
        @Test(arguments: BackendUnderTest.all)
        func noSamplesNoStep(_ backend: BackendUnderTest) throws {
            let step = OptimizerCase(count: 4, counts: SampleCounts([0, 1]))
            let inputs = Tensors([
                "parameters": StackTensor(models: 2, count: 4, [1, -0.0, .nan, 4, 5, 6, 7, 8]),
                "gradients": StackTensor(models: 2, count: 4, [.nan, 1, .infinity, 1, 2, 4, -8, 0]),
                "learningRates": StackTensor(models: 2, count: 1, [.nan, 0.5]),
            ])
            let found = try backend.use { try step.run(inputs, counts: step.counts, on: $0) }
            expectIdentical(found["parameters"].values, [1, -0.0, .nan, 4, 4, 4, 11, 8], "parameters")
        }

        /// What does not fit is refused with an error that names the operation.
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
                try backend.descend(parameters: parameters, gradients: fewer, learningRates: rates, counts: counts)
            }
            expectShapeMismatch("several learning rates a model") {
                try backend.descend(
                    parameters: parameters, gradients: parameters, learningRates: parameters, counts: counts)
            }
            expectShapeMismatch("one count for two models") {
                try backend.descend(
                    parameters: parameters, gradients: parameters, learningRates: rates, counts: SampleCounts([1]))
            }
        }
    }
}
