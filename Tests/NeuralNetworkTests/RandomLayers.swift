import Backend
import NeuralNetwork
import ParityCases

/// A random list of layers that fit to each other, in any order that a network may have.
struct RandomLayers {
    private var generator: SplitMix64
    private var layers: [NetworkLayer] = []
    /// The shape of the value that the next layer reads.
    private var shape: SampleShape

    init(seed: Int) {
        generator = SplitMix64(seed: seed)
        shape = SampleShape(channels: 1, image: Extent(1))
    }

    /// A network of up to six layers or blocks before the flatten layer, and of up to two linear layers after it.
    mutating func network(_ name: String) -> NetworkDescription {
        let input = SampleShape(
            channels: pick([1, 2, 3]), image: Extent(height: pick([1, 2, 4, 7, 9]), width: pick([1, 3, 5, 8])))
        let classes = pick([2, 3, 10])
        shape = input
        layers = []
        for _ in 0..<1 + integer(below: 6) { addLayer() }
        if integer(below: 4) == 0 { add(.globalAveragePool, SampleShape(channels: shape.channels, image: Extent(1))) }
        for _ in 0..<1 + integer(below: 2) { add(.flatten, shape) }
        for _ in 0..<integer(below: 3) {
            if integer(below: 2) == 0 { add(.relu, shape) }
            add(.linear(outputs: 5), SampleShape(channels: 5, image: Extent(1)))
            if integer(below: 2) == 0 { add(.batchNorm(BatchNorm()), shape) }
            if integer(below: 2) == 0 { add(.relu, shape) }
        }
        add(.linear(outputs: classes), SampleShape(channels: classes, image: Extent(1)))
        return NetworkDescription(name, input: input, classes: classes, layers: layers)
    }

    /// The samples of each model of a stack: two at least, because a norm needs them, or none.
    mutating func counts() -> [Int] {
        (0..<1 + integer(below: 3)).map { _ in pick([2, 5, 16, 19]) } + (integer(below: 3) == 0 ? [0] : [])
    }

    private mutating func integer(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }
    private mutating func pick(_ numbers: [Int]) -> Int { numbers[integer(below: numbers.count)] }

    private mutating func add(_ kind: NetworkLayer.Kind, _ output: SampleShape) {
        layers.append(NetworkLayer("\(layers.count)", kind))
        shape = output
    }

    private mutating func addLayer() {
        switch integer(below: 10) {
        case 0..<5:
            let (kind, output) = fusable()
            add(kind, output)
        case 5:
            let pool = AveragePool(kernel: window(), stride: Extent(height: pick([1, 2]), width: pick([1, 2])))
            add(.averagePool(pool), SampleShape(channels: shape.channels, image: pool.output(for: shape.image)))
        default: addBlock()
        }
    }

    /// A layer that may be in a block, and the shape of its output.
    private mutating func fusable() -> (NetworkLayer.Kind, SampleShape) {
        switch integer(below: 6) {
        case 0: return (.batchNorm(BatchNorm()), shape)
        case 1: return (.relu, shape)
        case 2:
            let pool = MaxPool(kernel: window(), stride: Extent(height: pick([1, 2, 3]), width: pick([1, 2])))
            return (
                .maxPool(pool), SampleShape(channels: shape.channels, image: pool.output(for: shape.image))
            )
        default:
            return convolution(
                outputs: pick([1, 3, 8, 16]), stride: Extent(height: pick([1, 1, 2]), width: pick([1, 1, 3])))
        }
    }

    /// A convolution, most often one that keeps the extent for a stride of 1.
    private mutating func convolution(outputs: Int, stride: Extent) -> (NetworkLayer.Kind, SampleShape) {
        let (height, width) = (pick([1, 3, 3, 5]), pick([1, 3, 3]))
        let isPadded = integer(below: 4) > 0
        func padding(_ kernel: Int, _ side: Int) -> Int { isPadded || kernel > side ? kernel / 2 : 0 }
        let convolution = Convolution(
            inputChannels: shape.channels, outputChannels: outputs, input: shape.image,
            kernel: Extent(height: height, width: width), stride: stride,
            padding: Extent(height: padding(height, shape.image.height), width: padding(width, shape.image.width)))
        return (
            .convolution(
                outputs: outputs, kernel: convolution.kernel, stride: stride, padding: convolution.padding,
                bias: integer(below: 2) == 0), convolution.outputShape
        )
    }

    /// A window inside the image.
    private mutating func window() -> Extent {
        Extent(
            height: 1 + integer(below: min(3, shape.image.height)), width: 1 + integer(below: min(3, shape.image.width))
        )
    }

    /// A block of one of the three shortcuts.
    private mutating func addBlock() {
        let input = shape
        let isFirst = integer(below: 2) == 0
        let kind = integer(below: 4)
        /// Layers that keep the extent, or change it with the first convolution.
        func path(_ lists: inout RandomLayers, outputs: Int, stride: Int, isEmptyAllowed: Bool) -> [NetworkLayer] {
            lists.shape = input
            var kinds: [NetworkLayer.Kind] = []
            func appendParts(_ lists: inout RandomLayers) {
                if lists.integer(below: 2) == 0 { kinds.append(.batchNorm(BatchNorm())) }
                if lists.integer(below: 2) == 0 { kinds.append(.relu) }
                if lists.integer(below: 5) == 0 {
                    kinds.append(.maxPool(MaxPool(kernel: Extent(1), stride: Extent(1))))
                }
            }
            if lists.integer(below: 3) == 0 { appendParts(&lists) }
            let needsConvolution = outputs != input.channels || stride > 1
            if needsConvolution || lists.integer(below: 3) > 0 {
                let kernel = lists.pick([1, 3])
                kinds.append(
                    .convolution(
                        outputs: outputs, kernel: Extent(kernel), stride: Extent(stride), padding: Extent(kernel / 2),
                        bias: lists.integer(below: 2) == 0))
                if lists.integer(below: 2) == 0 { appendParts(&lists) }
                if lists.integer(below: 3) == 0 {
                    kinds.append(
                        .convolution(
                            outputs: outputs, kernel: Extent(3), stride: Extent(1), padding: Extent(1), bias: true))
                    if lists.integer(below: 2) == 0 { appendParts(&lists) }
                }
            }
            if kinds.isEmpty, !isEmptyAllowed { kinds.append(.relu) }
            return kinds.enumerated().map { NetworkLayer("\(isEmptyAllowed ? "short" : "body")\($0)", $1) }
        }
        let outputs = kind < 2 ? input.channels : max(input.channels, pick([1, 3, 8, 16]))
        let stride = kind < 2 ? 1 : pick([1, 2])
        let body = path(&self, outputs: outputs, stride: stride, isEmptyAllowed: false)
        let shortcut: ResidualBlock.Shortcut =
            switch kind {
            case 0, 1: .identity
            case 2: .padded(stride: Extent(stride))
            default: .projection(path(&self, outputs: outputs, stride: stride, isEmptyAllowed: true))
            }
        let extent = Extent(
            height: (input.image.height - 1) / stride + 1, width: (input.image.width - 1) / stride + 1)
        add(
            .residual(ResidualBlock(body: body, shortcut: shortcut, isShortcutFirst: isFirst)),
            SampleShape(channels: outputs, image: extent))
    }
}
