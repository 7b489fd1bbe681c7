import Backend

/// Writing and reading the memory of a backend, whose layout may include padding.
private enum StorageCases {
    static let shapes = [
        ActivationShape(models: 1, samples: 1, channels: 1, image: Extent(1)),
        ActivationShape(models: 2, samples: 17, channels: 3, image: Extent(height: 2, width: 5)),
        ActivationShape(models: 5, samples: 15, channels: 1, image: Extent(4)),
        ActivationShape(models: 1, samples: 64, channels: 17, image: Extent(3)),
    ]

    /// Values that copying must preserve: signed zeros, subnormal numbers, infinities, NaN.
    private static func values(_ count: Int) -> [Float] {
        let special: [Float] = [
            -0.0, .leastNonzeroMagnitude, .infinity, -.infinity, .nan, .greatestFiniteMagnitude,
        ]
        return (0..<count).map { $0 % 11 < special.count ? special[$0 % 11] : Float($0) }
    }

    static func activations(of shape: ActivationShape, on backend: some Backend) throws(BackendError) -> [Comparison] {
        let activation = try backend.makeActivation(shape)
        let new = try backend.read(activation)
        let values = values(shape.count)
        try backend.write(values, to: activation)
        let written = try backend.read(activation)
        try backend.write(values.reversed(), to: activation)
        try backend.synchronize()
        return [
            Comparison("the shape", activation.shape == shape, failure: "it is \(activation.shape)"),
            Comparison("a new activation", new, expected: Array(repeating: 0, count: shape.count)),
            Comparison("what was written", written, expected: values),
            Comparison("what was written over it", try backend.read(activation), expected: values.reversed()),
        ]
    }

    static func activationsInOneMemory(on backend: some Backend) throws(BackendError) -> [Comparison] {
        var shape = shapes[1]
        let memory = try backend.makeMemory(bytes: backend.byteCount(of: shape))
        let other = try backend.makeActivation(shape, in: memory)
        try backend.write(Array(repeating: 1, count: shape.count), to: other)
        shape.models = 1
        let activation = try backend.makeActivation(shape, in: memory)
        let values = values(shape.count)
        try backend.write(values, to: activation)
        return [
            Comparison("the shape", activation.shape == shape, failure: "it is \(activation.shape)"),
            Comparison("what was written", try backend.read(activation), expected: values),
        ]
    }

    static func parameters(on backend: some Backend) throws(BackendError) -> [Comparison] {
        let (models, count) = (3, 37)
        let parameters = try backend.makeParameters(models: models, count: count)
        let new = try backend.read(parameters)
        let values = values(models * count)
        try backend.write(values, to: parameters)
        return [
            Comparison(
                "the shape", parameters.models == models && parameters.count == count,
                failure: "it is \(parameters.models) of \(parameters.count)"),
            Comparison("new parameters", new, expected: Array(repeating: 0, count: models * count)),
            Comparison("what was written", try backend.read(parameters), expected: values),
        ]
    }

    static func labelsAndScores(on backend: some Backend) throws(BackendError) -> [Comparison] {
        let labels = try backend.makeLabels(LabelShape(models: 2, samples: 17))
        let new = try backend.read(labels)
        let values = (0..<34).map { UInt8($0 * 7) }
        try backend.write(values, to: labels)
        let scores = try backend.read(backend.makeScores(models: 2, steps: 3))
        return [
            Comparison("new labels", new.map(Float.init), expected: Array(repeating: 0, count: 34)),
            Comparison("what was written", try backend.read(labels).map(Float.init), expected: values.map(Float.init)),
            Comparison(
                "the shape of the scores", scores.map(\.count) == [3, 3], failure: "it is \(scores.map(\.count))"),
            Comparison("new losses", scores.joined().map(\.lossSum), expected: Array(repeating: 0, count: 6)),
            Comparison(
                "new counts", scores.joined().map { Float($0.correct) }, expected: Array(repeating: 0, count: 6)),
        ]
    }
}

extension ParityCheck {
    static let storageChecks =
        StorageCases.shapes.map { shape in
            ParityCheck(.storage, "activations of \(shape)") { backend throws(BackendError) in
                try StorageCases.activations(of: shape, on: backend)
            }
        } + [
            ParityCheck(.storage, "activations in one memory") { backend throws(BackendError) in
                try StorageCases.activationsInOneMemory(on: backend)
            },
            ParityCheck(.storage, "parameters") { backend throws(BackendError) in
                try StorageCases.parameters(on: backend)
            },
            ParityCheck(.storage, "labels and scores") { backend throws(BackendError) in
                try StorageCases.labelsAndScores(on: backend)
            },
        ]
}
