import BayesianOptimization
import Foundation
import GaussianProcess
import Testing

@Suite("Acquisition functions")
struct AcquisitionFunctionTests {
    /// The prediction that is a standardised distance z below an incumbent of 0.
    static func prediction(_ z: Double) -> Prediction { Prediction(mean: -z, standardDeviation: 1) }

    /// The effect of 1 ulp of z, and of some roundings.
    static func tolerance(_ value: Double, slope: Double, z: Double) -> Double {
        32 * Double.ulpOfOne * max(abs(value), 1) + 2 * Double.ulpOfOne * abs(slope * z)
    }

    @Test(
        "Log expected improvement is mpmath's, also where the improvement underflows", arguments: ImprovementGolden.all)
    func improvement(_ golden: ImprovementGolden) {
        let (value, byMean, byDeviation) = AcquisitionFunction.logExpectedImprovement(incumbent: 0).evaluate(
            Self.prediction(golden.z))
        #expect(
            abs(value - golden.logImprovement)
                <= Self.tolerance(golden.logImprovement, slope: golden.improvementSlope, z: golden.z))
        #expect(abs(value - golden.logImprovement) <= 1e-10 * max(abs(golden.logImprovement), 1))
        #expect(abs(-byMean - golden.improvementSlope) <= 1e-12 * golden.improvementSlope)
        #expect(abs(byDeviation - golden.improvementScaleSlope) <= 1e-12 * golden.improvementScaleSlope)
    }

    @Test("The log probability of improvement is mpmath's", arguments: ImprovementGolden.all)
    func probability(_ golden: ImprovementGolden) {
        let (value, byMean, byDeviation) = AcquisitionFunction.logProbabilityOfImprovement(incumbent: 0).evaluate(
            Self.prediction(golden.z))
        #expect(abs(value - golden.logProbability) <= 1e-12 * abs(golden.logProbability) + 1e-300)
        #expect(abs(-byMean - golden.probabilitySlope) <= 1e-12 * golden.probabilitySlope + 1e-300)
        #expect(
            abs(-byDeviation - golden.probabilitySlope * golden.z) <= 1e-12 * abs(golden.probabilitySlope * golden.z)
                + 1e-300)
    }

    @Test(
        "It is the logarithm of the expected improvement where that can be computed", arguments: [-5.0, -2.9, -1, 0, 2])
    func logarithm(z: Double) {
        let prediction = Prediction(mean: 0.5 - 0.3 * z, standardDeviation: 0.3)
        let direct = AcquisitionFunction.expectedImprovement(incumbent: 0.5).evaluate(prediction).value
        let value = AcquisitionFunction.logExpectedImprovement(incumbent: 0.5).evaluate(prediction).value
        #expect(abs(exp(value) - direct) <= 1e-9 * direct)
    }

    static let functions: [AcquisitionFunction] = [
        .logExpectedImprovement(incumbent: 0.5), .logProbabilityOfImprovement(incumbent: 0.5),
        .lowerConfidenceBound(beta: 2), .expectedImprovement(incumbent: 0.5, unit: 3),
    ]

    @Test(
        "Derivatives are those of finite differences", arguments: functions, [-30.0, -8, -3.01, -2.99, -1, 0, 0.5, 3])
    func derivatives(function: AcquisitionFunction, z: Double) {
        let deviation = 0.7
        let mean = 0.5 - z * deviation
        let step = 1e-6
        func value(_ mean: Double, _ deviation: Double) -> Double {
            function.evaluate(Prediction(mean: mean, standardDeviation: deviation)).value
        }
        let (_, byMean, byDeviation) = function.evaluate(Prediction(mean: mean, standardDeviation: deviation))
        let meanDifference = (value(mean + step, deviation) - value(mean - step, deviation)) / (2 * step)
        let deviationDifference = (value(mean, deviation + step) - value(mean, deviation - step)) / (2 * step)
        #expect(abs(byMean - meanDifference) <= 1e-6 * max(1, abs(byMean)))
        #expect(abs(byDeviation - deviationDifference) <= 1e-6 * max(1, abs(byDeviation)))
    }

    @Test("Log expected improvement and its gradient are BoTorch's", arguments: PosteriorGolden.all)
    func botorch(_ golden: PosteriorGolden) throws {
        guard let incumbent = golden.incumbent, let values = golden.logExpectedImprovement,
            let gradients = golden.logExpectedImprovementGradient
        else { return }
        let function = AcquisitionFunction.logExpectedImprovement(incumbent: incumbent)
        let posterior = try golden.posterior()
        for (index, place) in golden.places.enumerated() {
            let (prediction, mean, deviation) = posterior.predictWithGradient(at: place)
            let (value, byMean, byDeviation) = function.evaluate(prediction)
            // BoTorch computes the standard deviation by a solve in another order, and z enters squared.
            #expect(abs(value - values[index]) <= 1e-6 * max(1, abs(values[index])))
            for axis in place.indices {
                let slope = byMean * mean[axis] + byDeviation * deviation[axis]
                #expect(abs(slope - gradients[index][axis]) <= 1e-5 * max(1, abs(gradients[index][axis])))
            }
        }
    }
}
