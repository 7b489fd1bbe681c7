internal import Backend

/// A sum of products laid out for the micro-kernels: which vectors each output pixel multiplies by which weights.
///
/// `output[a, pixel] = sum over taps of weight[tap, a] * source[start[pixel] + offset[tap]]` for every channel `a` of
/// the result. `source` is an image with zeros around it, so that no pixel is special. Strided convolutions need no
/// code of their own, only other tables. The input gradient of a convolution with stride `s` is the gradient of
/// `s.height * s.width` interleaved images, each of which has the same taps in all of its pixels: a plan has one
/// ``Phase`` for each, and a convolution has one phase.
final class ConvolutionPlan {
    /// Channels of the source.
    let sourceChannels: Int
    /// Channels of the result.
    let resultChannels: Int
    /// The source as it is stored.
    let source: Extent
    /// Zeros above and to the left of the source.
    let paddingBefore: Extent
    /// The source with the zeros on all sides.
    let padded: Extent
    /// Pixels of one channel of the result.
    let resultArea: Int
    /// How far apart the weights of successive channels of the result are.
    let weightStride: Int
    let phases: [Phase]

    /// Pixels of the result that share their taps.
    final class Phase {
        /// Where each tap is, from the start of a pixel, in the padded source.
        let offsets: Table
        /// Where the weight of each tap is, for channel 0 of the result.
        let weights: Table
        /// Where each pixel starts in the padded source.
        let starts: Table
        /// Which pixel of the result each pixel is.
        let pixels: Table
        /// Where the packed weights of this phase begin, in blocks of ``ConvolutionTile/channels`` weights.
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

    /// Vectors of the padded source.
    var paddedCount: Int { sourceChannels * padded.area }
    /// Whether the source can be read where it is.
    var isUnpadded: Bool { padded == source }
    /// Blocks of channels the result falls into, the last of them possibly not full.
    var channelBlocks: Int { (resultChannels + ConvolutionTile.channels - 1) / ConvolutionTile.channels }
    /// Floats of all packed weights of a model.
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

    /// The plan of the gradient in a convolution's input: its source is the gradient in the output.
    ///
    /// Input row `i` meets output row `r` through kernel row `u = i + padding - stride r`. Rows with the same
    /// `phase = (i + padding) mod stride` meet the kernel rows `u = phase, phase + stride, ...`, through output rows
    /// `(i + padding - phase) / stride`, one less, and so on. Columns likewise.
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
                // Offsets count from the first row and column of the padded source that a pixel meets, its last taps.
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
                        // Without taps nothing is read.
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

    /// Lays the weights of a model out as the micro-kernel reads them: for each phase, `[block][tap][channel in block]`.
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

    /// Copies a source into its frame of zeros, with zero in the padding lanes too.
    ///
    /// - Parameter padding: the lanes to clear, or nil for none.
    func pad(
        _ image: UnsafePointer<Vector>, padding: LaneMask?, into target: UnsafeMutablePointer<Vector>
    ) {
        // The vectors between the end of a row and the beginning of the next, or of the image.
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

/// One dimension of the gradient in a convolution's input.
private struct GradientAxis {
    let input: Int
    let output: Int
    let kernel: Int
    let stride: Int
    let padding: Int

    /// Zeros needed before the first output.
    var before: Int { (0..<min(stride, kernel)).map { max(0, -first(of: 0, phase: $0)) }.max() ?? 0 }

    /// Zeros needed after the last output.
    var after: Int { max(0, (input - 1 + padding) / stride - (output - 1)) }

    /// The kernel positions that inputs of a phase meet.
    func taps(phase: Int) -> [Int] { Array(Swift.stride(from: phase, to: kernel, by: stride)) }

    /// The inputs of a phase.
    func positions(phase: Int) -> [Int] { (0..<input).filter { ($0 + padding) % stride == phase } }

    /// The first padded output that an input meets.
    func start(of position: Int, phase: Int, taps: Int) -> Int {
        (position + padding - phase) / stride - (taps - 1) + before
    }

    /// The first output that the first input of a phase at or after `position` meets; negative where it needs zeros.
    private func first(of position: Int, phase: Int) -> Int {
        guard let input = positions(phase: phase).first(where: { $0 >= position }) else { return 0 }
        return (input + padding - phase) / stride - (taps(phase: phase).count - 1)
    }
}

/// Numbers that the inner loops look up.
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
