import Backend

/// Gathering a step's samples from a data set in which every byte occurs.
struct GatherCase: ParityOperation {
    let operation = CheckedOperation.gather
    var channels: Int
    var image: Extent
    /// Samples of the data set.
    var datasetSize: Int
    /// `N`.
    var capacity: Int
    var start: Int
    var counts: SampleCounts
    /// Whether the images are changed.
    var hasChanges = false
    var values = PixelValues.quotients

    var poisonable: [String] { [] }

    var description: String {
        "\(channels)x\(image), \(counts.perModel) of \(capacity) samples from \(start) on, out of \(datasetSize)"
            + kind + (hasChanges ? ", changed" : "")
    }

    /// A change; of four images one is not changed, and some holes are outside of the image, or empty.
    private func change(seed: Float) -> ImageChange {
        var randoms = Randoms(seed: Int(seed))
        func offset(_ side: Int) -> Int16 { Int16(randoms.integer(below: 2 * side + 3) - side - 1) }
        guard randoms.integer(below: 4) > 0 else { return ImageChange() }
        let (top, left) = (offset(image.height), offset(image.width))
        return ImageChange(
            flips: randoms.integer(below: 2) == 1, rows: offset(image.height) / 2, columns: offset(image.width) / 2,
            hole: ImageChange.Hole(
                top: top, left: left, bottom: top + Int16(randoms.integer(below: image.height + 1)),
                right: left + Int16(randoms.integer(below: image.width + 1))))
    }

    /// What is special about the pixels, for the description.
    private var kind: String {
        switch values {
        case .quotients: ""
        case .table: ", normalised"
        case .floats: ", floats"
        }
    }

    /// The pixels of the data set, in which every byte occurs.
    private var pixels: [UInt8] {
        let count = datasetSize * channels * image.area
        guard values == .floats else { return (0..<count).map { UInt8($0 % 256) } }
        return (0..<count).flatMap { index in
            withUnsafeBytes(of: Float(index % 997) * 0.37 - 150) { Array($0) }
        }
    }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: datasetSize + start)
        // All orders have the length that the longest needs; the elements are data-set indices.
        let length = start + capacity
        return Tensors([
            "order": StackTensor(
                models: models, count: length,
                (0..<models * length).map { _ in Float(randoms.integer(below: datasetSize)) }),
            // The seed of each change.
            "changes": StackTensor(
                models: models, count: length, (0..<models * length).map { _ in Float(randoms.integer(below: 1000)) }),
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors {
        let dataset = try backend.makeDataset(
            ImageBytes(
                pixels: pixels, labels: (0..<datasetSize).map { UInt8($0 * 7 % 10) }, channels: channels, image: image,
                values: values))
        // The orders have different lengths: each ends with the last sample of its model.
        let order = try backend.makeSampleOrder(
            (0..<counts.models).map { model in
                inputs["order"].values(of: model).prefix(start + counts.perModel[model]).map { Int32($0) }
            }, datasetSize: datasetSize,
            changes: hasChanges
                ? (0..<counts.models).map { model in
                    inputs["changes"].values(of: model).prefix(start + counts.perModel[model]).map { change(seed: $0) }
                } : nil)
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

    /// The quotients of bytes by 255 are correctly rounded and other values are copied, so they are equal bit for bit.
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
        GatherCase(
            channels: 1, image: Extent(28), datasetSize: 40, capacity: 64, start: 5,
            counts: SampleCounts([64, 33, 1, 0, 15]), hasChanges: true),
        GatherCase(
            channels: 3, image: Extent(height: 5, width: 7), datasetSize: 300, capacity: 17, start: 128,
            counts: SampleCounts([17, 16]), hasChanges: true),
        GatherCase(
            channels: 2, image: Extent(1), datasetSize: 9, capacity: 33, start: 0, counts: SampleCounts([33]),
            hasChanges: true),
        // 256 values for each of three channels; 75 values are no whole number of words, nor of work-items.
        GatherCase(
            channels: 3, image: Extent(5), datasetSize: 60, capacity: 33, start: 7, counts: SampleCounts([33, 0, 2]),
            values: .table((0..<768).map { Float($0) * 0.013 - 2 })),
        GatherCase(
            channels: 3, image: Extent(5), datasetSize: 60, capacity: 33, start: 7, counts: SampleCounts([33, 0, 2]),
            values: .floats),
        GatherCase(
            channels: 3, image: Extent(5), datasetSize: 60, capacity: 33, start: 7, counts: SampleCounts([33, 0, 2]),
            hasChanges: true, values: .table((0..<768).map { Float($0) * 0.013 - 2 })),
        GatherCase(
            channels: 3, image: Extent(5), datasetSize: 60, capacity: 33, start: 7, counts: SampleCounts([33, 0, 2]),
            hasChanges: true, values: .floats),
    ]
}

extension ParityCheck {
    static let gatherChecks =
        GatherCase.checks(GatherCase.all) + [
            // Multiplication by a reciprocal would change the last bit of 126 quotients.
            GatherCase(
                channels: 1, image: Extent(16), datasetSize: 1, capacity: 1, start: 0, counts: SampleCounts([1])
            )
            .check(", all 256 quotients") { gather, backend throws(BackendError) in
                let found = try gather.run(gather.makeInputs(), counts: gather.counts, on: backend)
                return [Comparison("images", found["images"].values, expected: (0..<256).map { Float($0) / 255 })]
            }
        ]
}
