internal import Backend

/// The backward pass of a batch norm with ReLU and pooling, one lane group at a time.
struct NormGradient: BitwiseCopyable {
    private let values: BatchNormValues
    private let relu: Bool
    private let convolved: LaneGroups
    private let output: LaneGroupReader
    private let outputGradient: LaneGroups
    private let weightGradient: SliceValues
    private let biasGradient: SliceValues
    /// `[model][group][channel]`.
    private let sums: UnsafeMutablePointer<GroupGradientSums>
    /// Nil without pooling.
    private let argmax: ArgmaxIndices?
    private let (groups, channels, area, outputArea): (Int, Int, Int, Int)

    init(
        _ layer: ConvolutionNorm<CPUParameters>, record: CPUBackend.Record, convolved: LaneGroups,
        output: CPUActivation, outputGradient: LaneGroups, gradients: ConvolutionNormGradients<CPUParameters>,
        sums: UnsafeMutablePointer<GroupGradientSums>, argmax: ArgmaxIndices?
    ) {
        values = BatchNormValues(layer.norm, record)
        relu = layer.norm.relu
        self.convolved = convolved
        self.output = LaneGroupReader(output)
        self.outputGradient = outputGradient
        weightGradient = SliceValues(gradients.normWeight)
        biasGradient = SliceValues(gradients.normBias)
        self.sums = sums
        self.argmax = argmax
        let shape = record.convolved.shape
        (groups, channels) = (record.convolved.groups, shape.channels)
        (area, outputArea) = (shape.image.area, output.shape.image.area)
    }

    /// The index in ``sums``.
    private func sumIndex(_ model: Int, _ group: Int, _ channel: Int) -> Int {
        (model * groups + group) * channels + channel
    }

    /// Computes the sums of a lane group, and overwrites the output gradient with the masked gradient.
    func sum(_ model: Int, _ group: Int, used: Int) {
        for channel in 0..<channels {
            let (output, normalization) = output.channel(model, group, channel)
            sums[sumIndex(model, group, channel)] =
                if !relu {
                    sum(model, group, channel, used: used, masking: NoReLUMask())
                } else if let normalization {
                    sum(
                        model, group, channel, used: used,
                        masking: NormalizationMask(values: output, normalization: normalization))
                } else {
                    sum(model, group, channel, used: used, masking: OutputMask(output: output))
                }
        }
    }

    private func sum(
        _ model: Int, _ group: Int, _ channel: Int, used: Int, masking mask: some ReLUMask
    ) -> GroupGradientSums {
        let (mean, gradient) = (values.mean[model, channel], outputGradient(model, group) + channel * outputArea)
        if let argmax {
            return argmax.plan.gradientSums(
                argmax(model, group, channel), mean: mean, outputGradient: gradient, mask: mask, used: used)
        }
        return GroupGradientSums(
            input: UnsafePointer(convolved(model, group)) + channel * area, outputGradient: gradient, mask: mask,
            mean: mean, count: area, used: used)
    }

    /// Computes the gradients of a channel's batch-norm parameters.
    func merge(_ model: Int, _ channel: Int, samples: Int) {
        let total = GroupGradientSums(
            merging: sums + sumIndex(model, 0, channel), stride: channels, groups: Lanes.groups(for: samples))
        biasGradient[model, channel] = Float(total.gradient)
        weightGradient[model, channel] =
            samples == 0 ? 0 : Float(total.product * Double(values.rstd[model, channel]))
    }

    /// Overwrites the values of a lane group with their gradient, and lanes without samples with zero.
    func apply(_ model: Int, _ group: Int, samples: Int, used: Int) {
        let target = convolved(model, group)
        for channel in 0..<(used > 0 ? channels : 0) {
            let rstd = values.rstd[model, channel]
            let numbers = Float(samples * area)
            let gradient = ChannelGradient(
                mean: values.mean[model, channel], scale: values.weight[model, channel] * rstd,
                meanGradient: biasGradient[model, channel] / numbers,
                coefficient: weightGradient[model, channel] * rstd / numbers)
            let masked = UnsafePointer(outputGradient(model, group)) + channel * outputArea
            if let argmax {
                argmax.plan.apply(
                    gradient, argmax(model, group, channel), masked: masked, to: target + channel * area)
            } else {
                gradient.apply(to: target + channel * area, masked: masked, count: area)
            }
        }
        clearPadding(of: target, count: channels * area, used: used)
    }
}
