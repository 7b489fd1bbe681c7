internal import Backend

/// The gradient of a batch norm and what follows it, lane group by lane group.
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
    private let winners: ArgmaxIndices?
    private let (groups, channels, area, outputArea): (Int, Int, Int, Int)

    init(
        _ layer: ConvolutionNorm<CPUParameters>, record: CPUBackend.Record, convolved: LaneGroups,
        output: CPUActivation, outputGradient: LaneGroups, gradients: ConvolutionNormGradients<CPUParameters>,
        sums: UnsafeMutablePointer<GroupGradientSums>, winners: ArgmaxIndices?
    ) {
        values = BatchNormValues(layer.norm, record)
        relu = layer.norm.relu
        self.convolved = convolved
        self.output = LaneGroupReader(output)
        self.outputGradient = outputGradient
        weightGradient = SliceValues(gradients.normWeight)
        biasGradient = SliceValues(gradients.normBias)
        self.sums = sums
        self.winners = winners
        let shape = record.convolved.shape
        (groups, channels) = (record.convolved.groups, shape.channels)
        (area, outputArea) = (shape.image.area, output.shape.image.area)
    }

    private func place(_ model: Int, _ group: Int, _ channel: Int) -> Int {
        (model * groups + group) * channels + channel
    }

    /// Forms the sums of a lane group, and puts what comes through the ReLU in the place of the output's gradient.
    func sum(_ model: Int, _ group: Int, used: Int) {
        for channel in 0..<channels {
            let (output, normalization) = output.channel(model, group, channel)
            sums[place(model, group, channel)] =
                if !relu {
                    sum(model, group, channel, used: used, through: NoReLUMask())
                } else if let normalization {
                    sum(
                        model, group, channel, used: used,
                        through: NormalizationMask(values: output, normalization: normalization))
                } else {
                    sum(model, group, channel, used: used, through: OutputMask(output: output))
                }
        }
    }

    private func sum(
        _ model: Int, _ group: Int, _ channel: Int, used: Int, through mask: some ReLUMask
    ) -> GroupGradientSums {
        let (mean, gradient) = (values.mean[model, channel], outputGradient(model, group) + channel * outputArea)
        if let winners {
            return winners.plan.gradientSums(
                winners(model, group, channel), mean: mean, outputGradient: gradient, mask: gate, used: used)
        }
        return GroupGradientSums(
            input: UnsafePointer(convolved(model, group)) + channel * area, outputGradient: gradient, mask: gate,
            mean: mean, count: area, used: used)
    }

    /// The gradients in a channel's batch-norm parameters.
    func merge(_ model: Int, _ channel: Int, samples: Int) {
        let total = GroupGradientSums(
            merging: sums + place(model, 0, channel), stride: channels, groups: Lanes.groups(for: samples))
        biasGradient[model, channel] = Float(total.gradient)
        weightGradient[model, channel] =
            samples == 0 ? 0 : Float(total.product * Double(values.rstd[model, channel]))
    }

    /// Turns the values of a lane group into the gradient in them; zero where there is no sample.
    func apply(_ model: Int, _ group: Int, samples: Int, used: Int) {
        let target = convolved(model, group)
        for channel in 0..<(used > 0 ? channels : 0) {
            let rstd = values.rstd[model, channel]
            let numbers = Float(samples * area)
            let gradient = ChannelGradient(
                mean: values.mean[model, channel], scale: values.weight[model, channel] * rstd,
                meanGradient: biasGradient[model, channel] / numbers,
                slope: weightGradient[model, channel] * rstd / numbers)
            let passed = UnsafePointer(outputGradient(model, group)) + channel * outputArea
            if let winners {
                winners.plan.apply(
                    gradient, winners(model, group, channel), passed: passed, to: target + channel * area)
            } else {
                gradient.apply(to: target + channel * area, passed: passed, count: area)
            }
        }
        clearPadding(of: target, count: channels * area, used: used)
    }
}
