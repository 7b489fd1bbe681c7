/// The shape of the masks of a dropout layer.
package struct MaskShape: Hashable, Sendable, CustomStringConvertible {
    /// `M`.
    package var models: Int
    /// The largest number of samples of an order.
    package var samples: Int
    /// The number of values of a sample.
    package var values: Int

    package init(models: Int, samples: Int, values: Int) {
        self.models = models
        self.samples = samples
        self.values = values
    }

    /// The words of a sample: a bit for each value, 32 a word.
    package var wordsPerSample: Int { (values + 31) / 32 }
    /// The words of all models.
    package var wordCount: Int { models * samples * wordsPerSample }
    package var description: String { "[\(models), \(samples), \(values)]" }
}

/// Which values of a layer a dropout keeps, for each sample of each model's order, on the device.
package protocol MaskStorage: AnyObject {
    var shape: MaskShape { get }
}

/// The requirements of a backend for PyTorch's `Dropout`; callers use the checked functions of the same names.
package protocol DropoutOperations: StorageOperations {
    associatedtype Masks: MaskStorage

    /// Allocates masks that keep nothing.
    func makeMasks(_ shape: MaskShape) throws(BackendError) -> Masks

    /// ``write(_:to:)`` without checks, of words `[model][sample][word]` for all samples of the shape.
    func uncheckedWrite(_ words: [UInt32], to masks: Masks) throws(BackendError)

    /// ``dropout(_:start:scales:input:counts:output:)`` without checks.
    func uncheckedDropout(
        _ masks: Masks?, start: Int, scales: Parameters, input: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError)
}

extension DropoutOperations {
    /// Writes masks: for each model, the words of one sample of its order after another.
    ///
    /// Value `v` of a sample is bit `v % 32` of its word `v / 32`: 1 if it is kept. A model may have fewer samples than the shape.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func write(_ perModel: [[UInt32]], to masks: Masks) throws(BackendError) {
        let (shape, words) = (masks.shape, masks.shape.wordsPerSample)
        guard perModel.count == shape.models,
            perModel.allSatisfy({ $0.count.isMultiple(of: words) && $0.count <= shape.samples * words })
        else {
            throw .shapeMismatch(
                operation: "write masks", expected: "masks \(shape), \(words) words a sample",
                found: "\(perModel.map(\.count)) words")
        }
        let ofModel = shape.samples * words
        var all: [UInt32] = []
        all.reserveCapacity(shape.wordCount)
        for model in perModel {
            all += model
            all += repeatElement(0, count: ofModel - model.count)
        }
        try uncheckedWrite(all, to: masks)
    }

    /// `output[m,n,v] = input[m,n,v] scales[m]` for values that are kept, and times 0 for the others.
    ///
    /// The gradient of the input is the same operation on the gradient of the output.
    /// - Parameters:
    ///   - masks: of samples `start ..< start + counts[m]` of each model's order; nil copies the input, as in evaluation.
    ///   - scales: one number per model: `1 / (1 - p)`.
    ///   - output: of the shape of the input.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``.
    package func dropout(
        _ masks: Masks?, start: Int, scales: Parameters, input: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        let (operation, shape) = ("dropout", input.shape)
        try requireShape(output.shape, is: shape, "output", operation: operation)
        try counts.validate(for: shape, operation: operation)
        try Slice(scales).validate(models: shape.models, count: 1, "scales", operation: operation)
        if let masks {
            let samples = masks.shape.samples
            try requireShape(
                masks.shape, is: MaskShape(models: shape.models, samples: samples, values: shape.valuesPerSample),
                "masks",
                operation: operation)
            guard start >= 0, start + (counts.perModel.max() ?? 0) <= samples else {
                throw .shapeMismatch(
                    operation: operation, expected: "samples among the \(samples) of the masks",
                    found: "\(counts.perModel) from \(start) on")
            }
        }
        try uncheckedDropout(masks, start: start, scales: scales, input: input, counts: counts, output: output)
    }
}
