internal import Backend

/// The first half of a layer's backward pass, one lane group at a time: the gradient through the ReLU, and its sums.
struct NormGradientSums: BitwiseCopyable {
    private let relu: Bool
    private let values: LaneGroups
    private let mean: ChannelNumbers
    private let output: LaneGroupReader
    private let outputGradient: LaneGroups
    /// `[model][group][channel]`.
    private let sums: UnsafeMutablePointer<GroupGradientSums>
    /// Nil without pooling.
    private let argmax: ArgmaxIndices?
    private let (groups, channels, area, outputArea): (Int, Int, Int, Int)

    init(
        _ layer: FusedLayer, _ workspace: CPUWorkspace, output: LaneGroupReader, outputGradient: LaneGroups,
        groups: Int
    ) {
        relu = layer.relu
        values = workspace.values
        mean = workspace.mean
        self.output = output
        self.outputGradient = outputGradient
        sums = workspace.gradientSums
        argmax = workspace.argmax
        (self.groups, channels) = (groups, layer.unpooled.channels)
        (area, outputArea) = (layer.unpooled.image.area, layer.output.image.area)
    }

    /// Computes the sums of a lane group, and overwrites the output gradient with the masked gradient.
    func sum(_ model: Int, _ group: Int, used: Int) {
        for channel in 0..<channels {
            let (output, normalization) = output.channel(model, group, channel)
            sums[(model * groups + group) * channels + channel] =
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
        let (mean, gradient) = (mean[model, channel], outputGradient(model, group) + channel * outputArea)
        if let argmax {
            return argmax.plan.gradientSums(
                argmax(model, group, channel), mean: mean, outputGradient: gradient, mask: mask, used: used)
        }
        return GroupGradientSums(
            input: UnsafePointer(values(model, group)) + channel * area, outputGradient: gradient, mask: mask,
            mean: mean, count: area, used: used)
    }
}

/// The second half, up to the convolution: the gradients of the norm's parameters and of its input.
struct NormGradient: BitwiseCopyable {
    /// Nil without a norm.
    private let norm: Norm?
    private let values: LaneGroups
    private let outputGradient: LaneGroups
    /// Nil without pooling.
    private let argmax: ArgmaxIndices?
    private let (groups, channels, area, outputArea): (Int, Int, Int, Int)

    /// The numbers of a norm and of its gradients.
    private struct Norm: BitwiseCopyable {
        let weight: SliceValues
        let weightGradient: SliceValues
        let biasGradient: SliceValues
        let mean: ChannelNumbers
        let rstd: ChannelNumbers
        /// `[model][group][channel]`.
        let sums: UnsafePointer<GroupGradientSums>
    }

    init(
        _ layer: FusedLayer, _ parameters: FusedLayerParameters<CPUParameters>,
        _ gradients: FusedLayerGradients<CPUParameters>, _ workspace: CPUWorkspace, outputGradient: LaneGroups,
        groups: Int
    ) {
        norm =
            if let weight = parameters.norm?.weight, let normWeight = gradients.normWeight,
                let normBias = gradients.normBias
            {
                Norm(
                    weight: SliceValues(weight), weightGradient: SliceValues(normWeight),
                    biasGradient: SliceValues(normBias), mean: workspace.mean, rstd: workspace.rstd,
                    sums: UnsafePointer(workspace.gradientSums))
            } else { nil }
        values = workspace.values
        self.outputGradient = outputGradient
        argmax = workspace.argmax
        (self.groups, channels) = (groups, layer.unpooled.channels)
        (area, outputArea) = (layer.unpooled.image.area, layer.output.image.area)
    }

    /// Computes the gradients of a model's batch-norm parameters.
    func merge(_ model: Int, samples: Int) {
        guard let norm else { return }
        for channel in 0..<channels {
            let total = GroupGradientSums(
                merging: norm.sums + model * groups * channels + channel, stride: channels,
                groups: Lanes.groups(for: samples))
            norm.biasGradient[model, channel] = Float(total.gradient)
            norm.weightGradient[model, channel] =
                samples == 0 ? 0 : Float(total.product * Double(norm.rstd[model, channel]))
        }
    }

    /// Overwrites the values of a lane group with their gradient, and lanes without samples with zero.
    func apply(_ model: Int, _ group: Int, samples: Int, used: Int) {
        let target = values(model, group)
        for channel in 0..<(used > 0 ? channels : 0) {
            let masked = UnsafePointer(outputGradient(model, group)) + channel * outputArea
            let gradient = gradient(model, channel, samples: samples)
            if let argmax {
                argmax.plan.apply(
                    gradient, argmax(model, group, channel), masked: masked, to: target + channel * area)
            } else if let gradient {
                gradient.apply(to: target + channel * area, masked: masked, count: area)
            } else {
                (target + channel * area).update(from: masked, count: area)
            }
        }
        clearPadding(of: target, count: channels * area, used: used)
    }

    /// The gradient of a channel's norm; nil without one.
    private func gradient(_ model: Int, _ channel: Int, samples: Int) -> ChannelGradient? {
        guard let norm else { return nil }
        let rstd = norm.rstd[model, channel]
        let numbers = Float(samples * area)
        return ChannelGradient(
            mean: norm.mean[model, channel], scale: norm.weight[model, channel] * rstd,
            meanGradient: norm.biasGradient[model, channel] / numbers,
            coefficient: norm.weightGradient[model, channel] * rstd / numbers)
    }
}
