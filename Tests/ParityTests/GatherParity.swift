import Backend
import ParityCases
import TestSupport
import Testing

extension ParitySuite {
    @Suite("Gather")
    struct GatherParity {
        @Test(arguments: BackendUnderTest.all, ParityCheck.all(of: .gather))
        func passes(_ backend: BackendUnderTest, _ check: ParityCheck) throws {
            try expectPassing(check, on: backend)
        }

        /// Shapes that do not fit are rejected with an error that names the operation.
        @Test(arguments: BackendUnderTest.all)
        func refusesWhatDoesNotFit(_ backend: BackendUnderTest) throws {
            try backend.use { try refuseMismatches(on: $0) }
        }

        private func refuseMismatches(on backend: some Backend) throws {
            let dataset = try backend.makeDataset(
                ImageBytes(
                    pixels: Array(repeating: 1, count: 12), labels: [0, 1, 2], channels: 1, image: Extent(2)))
            for outside: Int32 in [-1, 3, .max] {
                expectShapeMismatch("index \(outside) of 3 samples") {
                    _ = try backend.makeSampleOrder([[0, 1], [2, outside]], datasetSize: 3)
                }
            }
            expectShapeMismatch("changes of fewer images") {
                _ = try backend.makeSampleOrder(
                    [[0, 1], [2]], datasetSize: 3, changes: [[ImageChange(), ImageChange()], []])
            }
            let order = try backend.makeSampleOrder([[0, 1], [2, 0]], datasetSize: 3)
            func images(_ side: Int) -> ActivationShape {
                ActivationShape(models: 2, samples: 2, channels: 1, image: Extent(side))
            }
            let labels = try backend.makeLabels(LabelShape(models: 2, samples: 2))
            let counts = SampleCounts([2, 2])
            let larger = try backend.makeActivation(images(3))
            expectShapeMismatch("images of another extent") {
                try backend.gather(
                    from: dataset, order: order, start: 0, counts: counts, images: larger, labels: labels)
            }
            let fitting = try backend.makeActivation(images(2))
            let fewLabels = try backend.makeLabels(LabelShape(models: 2, samples: 1))
            expectShapeMismatch("labels of fewer samples") {
                try backend.gather(
                    from: dataset, order: order, start: 0, counts: counts, images: fitting, labels: fewLabels)
            }
            let otherOrder = try backend.makeSampleOrder([[0, 1]], datasetSize: 3)
            expectShapeMismatch("an order of one model for a stack of two") {
                try backend.gather(
                    from: dataset, order: otherOrder, start: 0, counts: counts, images: fitting, labels: labels)
            }
            expectShapeMismatch("more samples than the capacity") {
                try backend.gather(
                    from: dataset, order: order, start: 0, counts: SampleCounts([2, 3]), images: fitting,
                    labels: labels)
            }
        }
    }
}
