import Backend

/// What a training step of a part of a stack has besides the operations of the network, on the device.
struct StepOptions<B: Backend> {
    /// The smoothing of labels, one number per model; nil if all are 0.
    var labelSmoothing: B.Parameters?
    /// The limit of the norm of each model's gradients; nil if there are none.
    var clipNorms: B.Parameters?
    /// In the order of the forward pass.
    var dropouts: [Dropout]

    /// A dropout of the network.
    struct Dropout {
        /// The probability; nil for that of each model.
        let probability: Double?
        /// The values of a sample.
        let values: Int
        /// `1 / (1 - p)`, one number per model.
        let scales: B.Parameters
        /// Nil until they are drawn: nothing is dropped.
        var masks: B.Masks?
    }

    /// Options that change nothing.
    init(of plan: NetworkPlan, models: Int, on backend: B) throws(BackendError) {
        dropouts = try plan.dropouts.map { dropout throws(BackendError) in
            let scales = try backend.makeParameters(models: models, count: 1)
            try backend.write(Array(repeating: 1, count: models), to: scales)
            return Dropout(probability: dropout.probability, values: dropout.values, scales: scales)
        }
    }

    /// Takes the settings of each model; masks are to be drawn anew.
    mutating func set(_ settings: [StepSettings], on backend: B) throws(BackendError) {
        labelSmoothing = try Self.parameters(settings.map(\.labelSmoothing), on: backend)
        clipNorms = try Self.parameters(settings.map(\.clipNorm), on: backend)
        for index in dropouts.indices {
            let dropout = dropouts[index]
            try backend.write(
                settings.map { Float(1 / (1 - (dropout.probability ?? $0.dropout))) }, to: dropout.scales)
            dropouts[index].masks = nil
        }
    }

    /// Takes the masks of a pass, `[dropout][model]`.
    ///
    /// - Returns: whether they are in other storage than before.
    mutating func setMasks(_ masks: [[[UInt32]]], on backend: B) throws(BackendError) -> Bool {
        precondition(masks.count == dropouts.count)
        var isOther = false
        for (index, perModel) in masks.enumerated() {
            let values = dropouts[index].values
            var shape = MaskShape(models: perModel.count, samples: 0, values: values)
            shape.samples = (perModel.map(\.count).max() ?? 0) / shape.wordsPerSample
            if let known = dropouts[index].masks, known.shape.samples >= shape.samples {
                try backend.write(perModel, to: known)
                continue
            }
            let made = try backend.makeMasks(shape)
            try backend.write(perModel, to: made)
            dropouts[index].masks = made
            isOther = true
        }
        return isOther
    }

    /// One number per model on the device; nil if all are 0.
    private static func parameters(_ values: [Double], on backend: B) throws(BackendError) -> B.Parameters? {
        guard values.contains(where: { $0 != 0 }) else { return nil }
        let parameters = try backend.makeParameters(models: values.count, count: 1)
        try backend.write(values.map { Float($0) }, to: parameters)
        return parameters
    }
}
