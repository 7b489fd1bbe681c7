import BayesianOptimization
import Foundation
import GaussianProcess
import Testing

@Suite("Expected improvement")
struct ExpectedImprovementTests {
    /// Predictions whose standardised distance Z from an incumbent of 0.5 is between −6 and 6.
    static let predictions = [-6.0, -3, -1, -0.1, 0, 0.2, 1, 4, 6].flatMap { z in
        [0.01, 1, 20].map { Prediction(mean: 0.5 - z * $0, standardDeviation: $0) }
    }

    static let improvement = AcquisitionFunction.expectedImprovement(incumbent: 0.5)

    @Test("It is the mean of the improvement", arguments: predictions)
    func integral(of prediction: Prediction) {
        // Simpson's rule over the part of ±10 deviations where there is an improvement; the remainder is below 10⁻²³.
        let (mean, deviation) = (prediction.mean, prediction.standardDeviation)
        let lower = mean - 10 * deviation
        let upper = min(0.5, mean + 10 * deviation)
        let intervals = 20_000
        let width = (upper - lower) / Double(intervals)
        let sum = (0...intervals).reduce(0.0) { sum, index in
            let y = lower + width * Double(index)
            let z = (y - mean) / deviation
            let weight: Double = index == 0 || index == intervals ? 1 : index.isMultiple(of: 2) ? 2 : 4
            return sum + weight * (0.5 - y) * exp(-z * z / 2)
        }
        let expected = sum * width / 3 / (deviation * (2 * Double.pi).squareRoot())
        // Both terms of the formula cancel but for one part in 2 Z² for large −Z.
        #expect(abs(Self.improvement.evaluate(prediction).value - expected) <= 1e-12 * deviation)
        #expect(abs(Self.improvement.evaluate(prediction).value - expected) <= 1e-9 * expected)
    }

    @Test("Its derivatives are those of finite differences", arguments: predictions)
    func gradient(at prediction: Prediction) {
        let step = 1e-5 * prediction.standardDeviation
        func value(mean: Double, standardDeviation: Double) -> Double {
            Self.improvement.evaluate(
                Prediction(
                    mean: prediction.mean + mean, standardDeviation: prediction.standardDeviation + standardDeviation)
            ).value
        }
        let (_, gradientByMean, gradientByDeviation) = Self.improvement.evaluate(prediction)
        let byMean = (value(mean: step, standardDeviation: 0) - value(mean: -step, standardDeviation: 0)) / (2 * step)
        let byDeviation =
            (value(mean: 0, standardDeviation: step) - value(mean: 0, standardDeviation: -step)) / (2 * step)
        // Rounding of the mean, up to 120.5, over the step.
        let tolerance = 1e-9 + 4 * Double.ulpOfOne * abs(prediction.mean) / step
        #expect(abs(gradientByMean - byMean) < tolerance)
        #expect(abs(gradientByDeviation - byDeviation) < tolerance)
        #expect(gradientByMean <= 0 && gradientByDeviation >= 0)
    }

    @Test("It is zero for a standard deviation of zero")
    func certainty() {
        let prediction = Prediction(mean: 0.1, standardDeviation: 0)
        #expect(Self.improvement.evaluate(prediction) == (0, 0, 0))
    }

    @Test("It is never negative, however far the mean is above the incumbent")
    func neverNegative() {
        for z in stride(from: 0.0, to: 60, by: 0.01) {
            #expect(Self.improvement.evaluate(Prediction(mean: 0.5 + z * 0.3, standardDeviation: 0.3)).value >= 0)
        }
    }
}
