/// A number of rows and columns: of an image, a kernel, a stride, a padding.
package struct Extent: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    package var height: Int
    package var width: Int

    package init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// The same number of rows and columns.
    package init(_ side: Int) {
        self.init(height: side, width: side)
    }

    package var area: Int { height * width }

    /// The number of windows of an extent at a distance of `stride`, in an image of this extent without padding.
    package func windows(_ window: Extent, stride: Extent) -> Extent {
        Extent(height: (height - window.height) / stride.height + 1, width: (width - window.width) / stride.width + 1)
    }

    /// Checks that there is such a window.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    func requireWindow(_ window: Extent, stride: Extent, operation: String) throws(BackendError) {
        guard window.height > 0, window.width > 0, stride.height > 0, stride.width > 0, height >= window.height,
            width >= window.width
        else {
            throw .shapeMismatch(
                operation: operation, expected: "a window inside the image",
                found: "\(window) stride \(stride) on \(self)")
        }
    }

    package var description: String { "\(height)x\(width)" }
}

/// The shape of one sample's activation: `[channels][height][width]`.
package struct SampleShape: Hashable, Sendable, CustomStringConvertible {
    /// `C`.
    package var channels: Int
    /// `H` x `W`.
    package var image: Extent

    package init(channels: Int, image: Extent) {
        self.channels = channels
        self.image = image
    }

    /// The number of values: `C H W`.
    package var count: Int { channels * image.area }
    package var description: String { "[\(channels), \(image.height), \(image.width)]" }
}

/// The logical shape of a stack of activations: `[models][samples][channels][height][width]`.
package struct ActivationShape: Hashable, Sendable, CustomStringConvertible {
    /// `M`, the number of models of the stack.
    package var models: Int
    /// `N`, the capacity in samples per model.
    package var samples: Int
    /// `C`.
    package var channels: Int
    /// `H` x `W`.
    package var image: Extent

    package init(models: Int, samples: Int, channels: Int, image: Extent) {
        self.models = models
        self.samples = samples
        self.channels = channels
        self.image = image
    }

    package init(models: Int, samples: Int, sample: SampleShape) {
        self.init(models: models, samples: samples, channels: sample.channels, image: sample.image)
    }

    /// The shape of one sample.
    package var sample: SampleShape { SampleShape(channels: channels, image: image) }

    /// The same stack with samples of another shape.
    package func with(_ sample: SampleShape) -> ActivationShape {
        ActivationShape(models: models, samples: samples, sample: sample)
    }

    /// The number of values of one sample: `C H W`.
    package var valuesPerSample: Int { channels * image.area }
    /// The number of values of the whole stack: `M N C H W`.
    package var count: Int { models * samples * valuesPerSample }
    package var description: String { "[\(models), \(samples), \(channels), \(image.height), \(image.width)]" }
}

/// The number of samples of each model of a stack in one step: the first `perModel[m]` of the capacity.
///
/// A model without samples takes no step: its weights and running statistics do not change.
package struct SampleCounts: Hashable, Sendable {
    /// The number of samples of each model, `0...samples`.
    package let perModel: [Int]

    package init(_ perModel: [Int]) {
        self.perModel = perModel
    }

    /// The same number of samples in every model.
    package init(_ samples: Int, models: Int) {
        self.init(Array(repeating: samples, count: models))
    }

    package var models: Int { perModel.count }
    package var total: Int { perModel.reduce(0, +) }

    /// Checks that there is one count for each model of `shape`, and that no count exceeds the capacity.
    ///
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func validate(for shape: ActivationShape, operation: String) throws(BackendError) {
        guard models == shape.models, perModel.allSatisfy({ (0...shape.samples).contains($0) }) else {
            throw .shapeMismatch(
                operation: operation, expected: "\(shape.models) sample counts in 0...\(shape.samples)",
                found: "\(perModel)")
        }
    }
}

/// Throws ``BackendError/shapeMismatch(operation:expected:found:)`` unless a shape is the expected one.
package func requireShape<Shape: Equatable & CustomStringConvertible>(
    _ found: Shape, is expected: Shape, _ what: String, operation: String
) throws(BackendError) {
    guard found == expected else {
        throw .shapeMismatch(operation: operation, expected: "\(what) \(expected)", found: "\(found)")
    }
}
