import Backend
import ReferenceBackend
import TestSupport
import Testing

/// Gathering a step's samples from a data set in which every byte occurs.
struct GatherCase: ParityOperation {
    var channels: Int
    var image: Extent
    /// Samples of the data set.
    var datasetSize: Int
    /// `N`.
    var capacity: Int
    var start: Int
    var counts: SampleCounts

    var poisonable: [String] { [] }

    var testDescription: String {
        "\(channels)x\(image), \(counts.perModel) of \(capacity) samples from \(start) on, out of \(datasetSize)"
    }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: datasetSize + start)
        // All orders have the length that the longest needs; the elements are data-set indices.
        let length = start + capacity
        return Tensors([
            "order": StackTensor(
                models: models, count: length,
                (0..<models * length).map { _ in Float(randoms.integer(below: datasetSize)) })
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws -> Tensors {
        let valuesPerSample = channels * image.area
        let dataset = try backend.makeDataset(
            ImageBytes(
                pixels: (0..<datasetSize * valuesPerSample).map { UInt8($0 % 256) },
                labels: (0..<datasetSize).map { UInt8($0 * 7 % 10) }, channels: channels, image: image))
        // The orders have different lengths: each ends with the last sample of its model.
        let order = try backend.makeSampleOrder(
            (0..<counts.models).map { model in
                inputs["order"].values(of: model).prefix(start + counts.perModel[model]).map { Int32($0) }
            }, datasetSize: datasetSize)
        let images = try backend.staleActivation(
            ActivationShape(models: counts.models, samples: capacity, channels: channels, image: image))
        let labels = try backend.makeLabels(LabelShape(models: counts.models, samples: capacity))
        try backend.gather(
            from: dataset, order: order, start: start, counts: counts, images: images, labels: labels)
        // The labels of padding samples are undefined.
        let read = try backend.read(labels).enumerated().map { index, label in
            index % capacity < counts.perModel[index / capacity] ? Float(label) : 0
        }
        return Tensors([
            "images": try backend.download(images),
            "labels": StackTensor(models: counts.models, count: capacity, read),
        ])
    }

    /// The quotients of bytes by 255 are correctly rounded, so they are equal bit for bit.
    func tolerances(_ inputs: Tensors, expected: Tensors) -> [String: [Double]] { [:] }

    static let all: [GatherCase] = [
        GatherCase(
            channels: 1, image: Extent(28), datasetSize: 40, capacity: 64, start: 0,
            counts: SampleCounts([64, 33, 1, 0, 15])),
        GatherCase(
            channels: 3, image: Extent(height: 5, width: 2), datasetSize: 1000, capacity: 17, start: 128,
            counts: SampleCounts([17, 16])),
        GatherCase(channels: 1, image: Extent(1), datasetSize: 1, capacity: 1, start: 0, counts: SampleCounts([1])),
        GatherCase(
            channels: 1, image: Extent(16), datasetSize: 1, capacity: 16, start: 3, counts: SampleCounts([16])),
    ]
}

extension ParitySuite {
    @Suite("Gather")
    struct GatherParity {
        @Test(arguments: BackendUnderTest.all, GatherCase.all)
        func matchesReference(_ backend: BackendUnderTest, _ operation: GatherCase) throws {
            try expectParity(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, GatherCase.all.ofSeveralModels)
        func stackEqualsSeparateRuns(_ backend: BackendUnderTest, _ operation: GatherCase) throws {
            try expectStackEqualsSeparateRuns(of: operation, on: backend)
        }

        /// All 256 quotients; multiplication by a reciprocal would change the last bit of 126 of them.
        @Test(arguments: BackendUnderTest.all)
        func quotients(_ backend: BackendUnderTest) throws {
            let gather = GatherCase(
                channels: 1, image: Extent(16), datasetSize: 1, capacity: 1, start: 0, counts: SampleCounts([1]))
            let found = try backend.use { try gather.run(gather.makeInputs(), counts: gather.counts, on: $0) }
            expectIdentical(found["images"].values, (0..<256).map { Float($0) / 255 }, "quotients")
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
