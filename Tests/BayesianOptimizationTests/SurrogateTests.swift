import BayesianOptimization
import Testing

@Suite("The surrogate of the reference preset")
struct SurrogateTests {
    @Test("At scikit-learn's hyperparameters, the acquisition function is SciPy's", arguments: GoldenCase.all)
    func expectedImprovement(_ golden: GoldenCase) throws {
        let optimizer = try golden.optimizer(lengthScale: golden.lengthScale, noiseLevel: golden.noiseLevel)
        let proposal = try optimizer.ask()
        let surrogate = try #require(proposal.surrogate)
        #expect(surrogate.lengthScale == golden.lengthScale && surrogate.noiseLevel == golden.noiseLevel)
        let values = try surrogate.acquisition(golden.grid)
        let predictions = try surrogate.predict(golden.grid)
        for (index, value) in values.enumerated() {
            // The improvement is a difference of two terms, each no larger than the deviation and rounded with the losses.
            let magnitude = predictions[index].standardDeviation + abs(predictions[index].mean)
            #expect(abs(value - golden.expectedImprovement[index]) <= 1e-12 * magnitude)
        }
        #expect(try #require(proposal.acquisition) >= golden.greatestImprovement * (1 - 1e-6))
    }

    @Test("Fitted, it is never less likely than scikit-learn's best of 33 searches", arguments: GoldenCase.all)
    func likelihood(_ golden: GoldenCase) throws {
        let surrogate = try #require(try golden.optimizer().ask().surrogate)
        #expect(surrogate.logMarginalLikelihood >= golden.logMarginalLikelihood - 1e-6)
        #expect((1e-5 * (1 - 1e-9)...1e5 * (1 + 1e-9)).contains(surrogate.lengthScale))
        #expect((1e-5 * (1 - 1e-9)...1e5 * (1 + 1e-9)).contains(surrogate.noiseLevel))
    }

    @Test("No point of a fine grid promises more than the proposed one", arguments: GoldenCase.all, [UInt32(0), 1, 10])
    func maximum(_ golden: GoldenCase, seed: UInt32) throws {
        let proposal = try golden.optimizer(seed: seed).ask()
        let surrogate = try #require(proposal.surrogate)
        // Around every observation as well, on the scale of the surrogate.
        let even = (0...30_011).map { 0.001 + 0.899 * Double($0) / 30_011 }
        let near = golden.x.flatMap { x in (-500...500).map { x + Double($0) / 50 * surrogate.lengthScale } }
        let values = try surrogate.acquisition(even + near.filter { (0.001...0.9).contains($0) })
        let greatest = try #require(values.max())
        let acquisition = try #require(proposal.acquisition)
        #expect(acquisition >= greatest * (1 - 1e-6))
        #expect(try surrogate.acquisition([proposal.x]) == [acquisition])
        #expect((0.001...0.9).contains(proposal.x))
    }

    @Test("Points that can't be predicted at")
    func invalidPoints() throws {
        let surrogate = try #require(try GoldenCase.all[4].optimizer().ask().surrogate)
        #expect(throws: OptimizerError.self) { try surrogate.predict([.nan]) }
        #expect(throws: OptimizerError.self) { try surrogate.acquisition([0.1, .infinity]) }
        #expect(try surrogate.predict([]).isEmpty)
    }
}
