internal import Backend

/// The operands of the micro-kernels: for each output pixel, the source vectors and their weights.
///
/// `output[a, pixel] = sum over taps of weight[tap, a] * source[start[pixel] + offset[tap]]` for every channel `a` of
/// the result. `source` is an image with zero padding, so all pixels are computed in the same way. Strided convolutions use
/// the same code with other tables. The input gradient of a convolution with stride `s` consists of `s.height * s.width`
/// interleaved images, each with the same taps for all of its pixels. A plan has one ``Phase`` for each of them; a
/// convolution has one phase.
final class ConvolutionPlan {
    /// The number of source channels.
    let sourceChannels: Int
    /// The number of result channels.
    let resultChannels: Int
    /// The extent of the source as it is stored.
    let source: Extent
    /// The number of zero rows above the source and of zero columns to its left.
    let paddingBefore: Extent
    /// The extent of the source with its zero padding.
    let padded: Extent
    /// The number of pixels of one result channel.
    let resultArea: Int
    /// The distance between the weights of successive result channels.
    let weightStride: Int
    let phases: [Phase]

    /// The result pixels that have the same taps.
    final class Phase {
        /// The offset of each tap in the padded source, relative to the start of a pixel.
        let offsets: Table
        /// The index of each tap's weight, for result channel 0.
        let weights: Table
        /// The start of each pixel in the padded source.
        let starts: Table
        /// The index of each pixel in the result.
        let pixels: Table
        /// The start of this phase's packed weights, in blocks of ``ConvolutionTile/channels`` weights.
        let packedBlock: Int

        init(offsets: [Int], weights: [Int], starts: [Int], pixels: [Int], packedBlock: Int) throws(BackendError) {
            self.offsets = try Table(offsets)
            self.weights = try Table(weights)
            self.starts = try Table(starts)
            self.pixels = try Table(pixels)
            self.packedBlock = packedBlock
        }

        var taps: Int { offsets.count }
    }

    /// The number of vectors of the padded source.
    var paddedCount: Int { sourceChannels * padded.area }
    /// Whether the source needs no padding.
    var isUnpadded: Bool { padded == source }
    /// The number of blocks of result channels; the last block may be partial.
    var channelBlocks: Int { (resultChannels + ConvolutionTile.channels - 1) / ConvolutionTile.channels }
    /// The number of floats of a model's packed weights.
    var packedCount: Int { phases.reduce(0) { $0 + $1.taps } * channelBlocks * ConvolutionTile.channels }

    /// The plan of a convolution.
    init(forward convolution: Convolution) throws(BackendError) {
        let (kernel, output) = (convolution.kernel, convolution.output)
        sourceChannels = convolution.inputChannels
        resultChannels = convolution.outputChannels
        source = convolution.input
        paddingBefore = convolution.padding
        padded = Extent(
            height: source.height + 2 * convolution.padding.height,
            width: source.width + 2 * convolution.padding.width)
        resultArea = output.area
        weightStride = convolution.inputChannels * kernel.area
        var offsets: [Int] = []
        for channel in 0..<convolution.inputChannels {
            for row in 0..<kernel.height {
                for column in 0..<kernel.width {
                    offsets.append(channel * padded.area + row * padded.width + column)
                }
            }
        }
        var starts: [Int] = []
        for row in 0..<output.height {
            for column in 0..<output.width {
                starts.append(
                    row * convolution.stride.height * padded.width + column * convolution.stride.width)
            }
        }
        phases = [
            try Phase(
                offsets: offsets, weights: Array(offsets.indices), starts: starts, pixels: Array(starts.indices),
                packedBlock: 0)
        ]
    }

    /// The plan of a convolution's input gradient.
    ///
    /// Its source is the output gradient.
    ///
    /// Input row `i` is connected to output row `r` by kernel row `u = i + padding - stride r`. Input rows with the same
    /// `phase = (i + padding) mod stride` use the kernel rows `u = phase, phase + stride, ...`, with the output rows
    /// `(i + padding - phase) / stride`, one less, and so on. The same holds for columns.
    init(inputGradientOf convolution: Convolution) throws(BackendError) {
        let (kernel, input, output) = (convolution.kernel, convolution.input, convolution.output)
        sourceChannels = convolution.outputChannels
        resultChannels = convolution.inputChannels
        source = output
        resultArea = input.area
        weightStride = kernel.area
        let rows = GradientAxis(
            input: input.height, output: output.height, kernel: kernel.height, stride: convolution.stride.height,
            padding: convolution.padding.height)
        let columns = GradientAxis(
            input: input.width, output: output.width, kernel: kernel.width, stride: convolution.stride.width,
            padding: convolution.padding.width)
        let padded = Extent(
            height: rows.before + output.height + rows.after, width: columns.before + output.width + columns.after)
        self.padded = padded
        paddingBefore = Extent(height: rows.before, width: columns.before)

        var phases: [Phase] = []
        var packedBlock = 0
        let blocks = (convolution.inputChannels + ConvolutionTile.channels - 1) / ConvolutionTile.channels
        for rowPhase in 0..<convolution.stride.height {
            for columnPhase in 0..<convolution.stride.width {
                let pixelRows = rows.positions(phase: rowPhase)
                let pixelColumns = columns.positions(phase: columnPhase)
                guard !pixelRows.isEmpty, !pixelColumns.isEmpty else { continue }
                let tapRows = rows.taps(phase: rowPhase)
                let tapColumns = columns.taps(phase: columnPhase)
                // Offsets are relative to the first row and column of the padded source that a pixel reads: its last taps.
                var offsets: [Int] = []
                var weights: [Int] = []
                for channel in 0..<convolution.outputChannels {
                    for (stepsUp, row) in tapRows.enumerated() {
                        for (stepsLeft, column) in tapColumns.enumerated() {
                            offsets.append(
                                channel * padded.area + (tapRows.count - 1 - stepsUp) * padded.width
                                    + (tapColumns.count - 1 - stepsLeft))
                            weights.append(
                                channel * convolution.inputChannels * kernel.area + row * kernel.width + column)
                        }
                    }
                }
                var starts: [Int] = []
                var pixels: [Int] = []
                for row in pixelRows {
                    for column in pixelColumns {
                        let first = rows.start(of: row, phase: rowPhase, taps: tapRows.count)
                        let left = columns.start(of: column, phase: columnPhase, taps: tapColumns.count)
                        // A phase without taps reads nothing.
                        starts.append(offsets.isEmpty ? 0 : first * padded.width + left)
                        pixels.append(row * input.width + column)
                    }
                }
                phases.append(
                    try Phase(
                        offsets: offsets, weights: weights, starts: starts, pixels: pixels, packedBlock: packedBlock))
                packedBlock += offsets.count * blocks
            }
        }
        self.phases = phases
    }

    /// Packs the weights of a model for the micro-kernel: for each phase, `[block][tap][channel in block]`.
    func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
        let width = ConvolutionTile.channels
        for phase in phases {
            var target = packed + phase.packedBlock * width
            for block in 0..<channelBlocks {
                for tap in 0..<phase.taps {
                    let source = phase.weights[tap] + block * width * weightStride
                    for channel in 0..<width {
                        target[channel] =
                            block * width + channel < resultChannels ? weights[source + channel * weightStride] : 0
                    }
                    target += width
                }
            }
        }
    }

    /// Copies a source and adds its zero padding.
    ///
    /// - Parameter padding: the lanes without samples, which are set to zero; nil if there are none.
    func pad(
        _ image: UnsafePointer<Vector>, padding: LaneMask?, into target: UnsafeMutablePointer<Vector>
    ) {
        // The number of zero vectors between the end of a row and the start of the next.
        let between = padded.width - source.width
        for channel in 0..<sourceChannels {
            var to = target + channel * padded.area
            var gap = paddingBefore.height * padded.width + paddingBefore.width
            for row in 0..<source.height {
                to.update(repeating: Vector(), count: gap)
                to += gap
                let from = image + (channel * source.height + row) * source.width
                if let padding {
                    for column in 0..<source.width { to[column] = from[column].replacing(with: 0, where: padding) }
                } else {
                    for column in 0..<source.width { to[column] = from[column] }
                }
                to += source.width
                gap = between
            }
            to.update(repeating: Vector(), count: target + (channel + 1) * padded.area - to)
        }
    }
}

/// One dimension of a convolution's input gradient.
private struct GradientAxis {
    let input: Int
    let output: Int
    let kernel: Int
    let stride: Int
    let padding: Int

    /// The number of zeros before the first output.
    var before: Int { (0..<min(stride, kernel)).map { max(0, -first(of: 0, phase: $0)) }.max() ?? 0 }

    /// The number of zeros after the last output.
    var after: Int { max(0, (input - 1 + padding) / stride - (output - 1)) }

    /// The kernel positions of the inputs of a phase.
    func taps(phase: Int) -> [Int] { Array(Swift.stride(from: phase, to: kernel, by: stride)) }

    /// The inputs of a phase.
    func positions(phase: Int) -> [Int] { (0..<input).filter { ($0 + padding) % stride == phase } }

    /// The first padded output of an input.
    func start(of position: Int, phase: Int, taps: Int) -> Int {
        (position + padding - phase) / stride - (taps - 1) + before
    }

    /// The first output of the first input of a phase at or after `position`; negative if it is padding.
    private func first(of position: Int, phase: Int) -> Int {
        guard let input = positions(phase: phase).first(where: { $0 >= position }) else { return 0 }
        return (input + padding - phase) / stride - (taps(phase: phase).count - 1)
    }
}

/// A lookup table for the inner loops.
final class Table {
    private let memory: AlignedMemory<Int>

    init(_ values: [Int]) throws(BackendError) {
        memory = try AlignedMemory(count: values.count)
        for (index, value) in values.enumerated() { memory.pointer[index] = value }
    }

    var count: Int { memory.count }
    var pointer: UnsafePointer<Int> { UnsafePointer(memory.pointer) }
    subscript(index: Int) -> Int { memory.pointer[index] }
}
