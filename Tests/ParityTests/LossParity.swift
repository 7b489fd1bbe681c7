import Backend
import ParityCases
import TestSupport
import Testing

extension ParitySuite {
    @Suite("Loss")
    struct LossParity {
        @Test(arguments: BackendUnderTest.all, ParityCheck.all(of: .loss))
        func passes(_ backend: BackendUnderTest, _ check: ParityCheck) throws {
            try expectPassing(check, on: backend)
        }

        /// Shapes that do not fit are rejected with an error that names the operation.
        @Test(arguments: BackendUnderTest.all)
        func refusesShapesThatDoNotFit(_ backend: BackendUnderTest) throws {
            try backend.use { try refuseMismatches(on: $0) }
        }

        private func refuseMismatches(on backend: some Backend) throws {
            func activation(_ channels: Int, _ side: Int) -> ActivationShape {
                ActivationShape(models: 2, samples: 3, channels: channels, image: Extent(side))
            }
            let logits = try backend.makeActivation(activation(10, 1))
            let image = try backend.makeActivation(activation(10, 2))
            let other = try backend.makeActivation(activation(9, 1))
            let labels = try backend.makeLabels(LabelShape(models: 2, samples: 3))
            let fewLabels = try backend.makeLabels(LabelShape(models: 2, samples: 2))
            let scores = try backend.makeScores(models: 2, steps: 1)
            let counts = SampleCounts([3, 3])
            expectShapeMismatch("logits with an extent") {
                try backend.softmaxCrossEntropy(
                    logits: image, labels: labels, counts: counts, gradient: nil, scores: scores, step: 0)
            }
            expectShapeMismatch("a gradient of other classes") {
                try backend.softmaxCrossEntropy(
                    logits: logits, labels: labels, counts: counts, gradient: other, scores: scores, step: 0)
            }
            expectShapeMismatch("labels of fewer samples") {
                try backend.softmaxCrossEntropy(
                    logits: logits, labels: fewLabels, counts: counts, gradient: nil, scores: scores, step: 0)
            }
            expectShapeMismatch("a step beyond the scores") {
                try backend.softmaxCrossEntropy(
                    logits: logits, labels: labels, counts: counts, gradient: nil, scores: scores, step: 1)
            }
            let rates = try backend.makeParameters(models: 2, count: 1)
            let several = try backend.makeParameters(models: 2, count: 2)
            for (what, smoothing, gradient) in [
                ("a smoothing too many", several, logits), ("a gradient", rates, other),
            ] {
                expectShapeMismatch("smoothing, \(what)") {
                    try backend.smoothLabels(
                        smoothing, logits: logits, labels: labels, counts: counts, gradient: gradient, scores: scores,
                        step: 0)
                }
            }
            expectShapeMismatch("one count too many") {
                try backend.softmaxCrossEntropy(
                    logits: logits, labels: labels, counts: SampleCounts([3, 3, 3]), gradient: nil, scores: scores,
                    step: 0)
            }
        }
    }
}
