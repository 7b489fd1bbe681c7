import Backend

/// The cases of fused layers: shapes of networks, and ugly ones.
extension FusedLayerCase {
    static let all = combinations + convolutions + fusedConvolutions + norms + poolings

    /// Every combination of parts, with and without convolution.
    static let combinations: [FusedLayerCase] = {
        let pooling = MaxPool(kernel: Extent(height: 2, width: 3), stride: Extent(height: 2, width: 1))
        let convolution = Convolution(
            inputChannels: 3, outputChannels: 5, input: Extent(height: 6, width: 7), kernel: Extent(3),
            padding: Extent(1))
        var cases: [FusedLayerCase] = []
        for norm in [nil, BatchNorm()] {
            for relu in [false, true] {
                for (addsResidual, pool) in [(false, nil), (true, nil), (false, pooling)] {
                    let layers = [
                        FusedLayer(convolution, norm: norm, addsResidual: addsResidual, relu: relu, pool: pool),
                        FusedLayer(
                            on: convolution.inputShape, norm: norm, addsResidual: addsResidual, relu: relu, pool: pool),
                    ]
                    for layer in layers {
                        cases.append(
                            FusedLayerCase(
                                name: "combination \(cases.count)", layer: layer, capacity: 17,
                                counts: SampleCounts([17, 2, 0]), bias: norm == nil, accumulate: relu))
                    }
                }
            }
        }
        return cases
    }()

    /// Convolutions alone.
    static let convolutions: [FusedLayerCase] = [
        FusedLayerCase(
            name: "the network's first",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 1, outputChannels: 8, input: Extent(28), kernel: Extent(7), padding: Extent(3))),
            capacity: 17, counts: SampleCounts([17, 5]), isSmall: false),
        FusedLayerCase(
            name: "the network's second",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 8, outputChannels: 8, input: Extent(13), kernel: Extent(3), padding: Extent(1))),
            capacity: 64, counts: SampleCounts([64, 33]), accumulate: true, isSmall: false),
        FusedLayerCase(
            name: "the network's strided",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 8, outputChannels: 16, input: Extent(13), kernel: Extent(3), stride: Extent(2))),
            capacity: 16, counts: SampleCounts([16, 15, 1, 0, 16]), accumulate: true, isSmall: false),
        FusedLayerCase(
            name: "the network's last",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 16, outputChannels: 16, input: Extent(6), kernel: Extent(3), padding: Extent(1))),
            capacity: 15, counts: SampleCounts([15]), bias: false),
        FusedLayerCase(
            name: "more tiles than stay in a cache, odd",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 24, outputChannels: 16, input: Extent(height: 23, width: 21), kernel: Extent(3),
                    padding: Extent(height: 1, width: 0))),
            capacity: 3, counts: SampleCounts([3, 2]), accumulate: true, isSmall: false),
        FusedLayerCase(
            name: "images of one pixel",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 17, outputChannels: 1, input: Extent(1), kernel: Extent(3), padding: Extent(1))),
            capacity: 16, counts: SampleCounts([16, 9])),
        FusedLayerCase(
            name: "stride 3, not square, one sample",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 2, outputChannels: 3, input: Extent(height: 11, width: 8), kernel: Extent(5),
                    stride: Extent(3))),
            capacity: 1, counts: SampleCounts([1, 1])),
        FusedLayerCase(
            name: "kernel larger than the image",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 3, outputChannels: 17, input: Extent(height: 3, width: 2), kernel: Extent(5),
                    padding: Extent(2))),
            capacity: 17, counts: SampleCounts([0, 17]), bias: false, accumulate: true),
        FusedLayerCase(
            name: "nothing square",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 4, outputChannels: 5, input: Extent(height: 7, width: 9),
                    kernel: Extent(height: 2, width: 5), stride: Extent(height: 1, width: 3),
                    padding: Extent(height: 0, width: 2))),
            capacity: 15, counts: SampleCounts([14])),
        FusedLayerCase(
            name: "one-pixel kernel, stride leaves pixels out",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 17, outputChannels: 17, input: Extent(4), kernel: Extent(1), stride: Extent(2))),
            capacity: 16, counts: SampleCounts([16, 16])),
        FusedLayerCase(
            name: "even kernel",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 9, outputChannels: 10, input: Extent(height: 6, width: 5), kernel: Extent(4),
                    stride: Extent(height: 2, width: 1), padding: Extent(1))),
            capacity: 3, counts: SampleCounts([3, 2])),
        FusedLayerCase(
            name: "outputs that see nothing but padding",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 1, outputChannels: 2, input: Extent(2), kernel: Extent(2), padding: Extent(3))),
            capacity: 33, counts: SampleCounts([33, 0, 32])),
        FusedLayerCase(
            name: "tiles that end outside, no padding",
            layer: FusedLayer(
                Convolution(inputChannels: 3, outputChannels: 4, input: Extent(height: 5, width: 8), kernel: Extent(3))),
            capacity: 17, counts: SampleCounts([17, 2]), accumulate: true),
        FusedLayerCase(
            name: "padding as wide as the kernel",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 8, outputChannels: 12, input: Extent(height: 4, width: 3), kernel: Extent(3),
                    padding: Extent(3))),
            capacity: 16, counts: SampleCounts([16, 0]), accumulate: true),
        FusedLayerCase(
            name: "one row, padding in one direction",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 4, outputChannels: 4, input: Extent(height: 1, width: 9), kernel: Extent(3),
                    padding: Extent(height: 2, width: 0))),
            capacity: 5, counts: SampleCounts([5])),
        FusedLayerCase(
            name: "large even kernel",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 8, outputChannels: 16, input: Extent(height: 9, width: 6), kernel: Extent(4),
                    padding: Extent(height: 1, width: 2))),
            capacity: 16, counts: SampleCounts([16, 3]), accumulate: true),
        FusedLayerCase(
            name: "large kernel, not square",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 16, outputChannels: 8, input: Extent(height: 7, width: 10),
                    kernel: Extent(height: 5, width: 4), padding: Extent(height: 2, width: 0))),
            capacity: 9, counts: SampleCounts([8, 9]), accumulate: true),
        FusedLayerCase(
            name: "several chunks",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 3, outputChannels: 5, input: Extent(4), kernel: Extent(3), padding: Extent(1))),
            capacity: 200, counts: SampleCounts([200, 97, 0]), isSmall: false),
        FusedLayerCase(
            name: "64 channels, several chunks",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 64, outputChannels: 64, input: Extent(4), kernel: Extent(3), padding: Extent(1))),
            capacity: 70, counts: SampleCounts([70, 19]), bias: false, isSmall: false),
    ]

    /// Convolutions with all that may follow.
    static let fusedConvolutions: [FusedLayerCase] = [
        FusedLayerCase(
            name: "the network's first, fused",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 1, outputChannels: 8, input: Extent(28), kernel: Extent(7), padding: Extent(3)),
                norm: BatchNorm(), relu: true, pool: MaxPool(kernel: Extent(3), stride: Extent(2))),
            capacity: 17, counts: SampleCounts([17, 5]), isSmall: false),
        FusedLayerCase(
            name: "the network's second, fused",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 8, outputChannels: 8, input: Extent(13), kernel: Extent(3), padding: Extent(1)),
                norm: BatchNorm(), addsResidual: true, relu: true),
            capacity: 64, counts: SampleCounts([64, 33]), accumulate: true, isSmall: false),
        FusedLayerCase(
            name: "the network's strided, fused",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 8, outputChannels: 16, input: Extent(13), kernel: Extent(3), stride: Extent(2)),
                norm: BatchNorm(), relu: true),
            capacity: 16, counts: SampleCounts([16, 15, 1, 0, 16]), accumulate: true, isSmall: false),
        FusedLayerCase(
            name: "the network's last, fused",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 16, outputChannels: 16, input: Extent(6), kernel: Extent(3), padding: Extent(1)),
                norm: BatchNorm(), addsResidual: true, relu: true),
            capacity: 15, counts: SampleCounts([15]), bias: false),
        FusedLayerCase(
            name: "even kernel, fused",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 9, outputChannels: 10, input: Extent(height: 6, width: 5), kernel: Extent(4),
                    stride: Extent(height: 2, width: 1), padding: Extent(1)), norm: BatchNorm()),
            capacity: 3, counts: SampleCounts([3, 2])),
        FusedLayerCase(
            name: "tiles that end outside, no padding, fused",
            layer: FusedLayer(
                Convolution(inputChannels: 3, outputChannels: 4, input: Extent(height: 5, width: 8), kernel: Extent(3)),
                norm: BatchNorm(), addsResidual: true),
            capacity: 17, counts: SampleCounts([17, 2]), accumulate: true),
        FusedLayerCase(
            name: "large even kernel, fused",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 8, outputChannels: 16, input: Extent(height: 9, width: 6), kernel: Extent(4),
                    padding: Extent(height: 1, width: 2)), norm: BatchNorm(), relu: true,
                pool: MaxPool(kernel: Extent(height: 2, width: 3), stride: Extent(height: 2, width: 1))),
            capacity: 16, counts: SampleCounts([16, 3]), accumulate: true),
        FusedLayerCase(
            name: "several chunks, fused",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 3, outputChannels: 5, input: Extent(4), kernel: Extent(3), padding: Extent(1)),
                norm: BatchNorm(), relu: true),
            capacity: 200, counts: SampleCounts([200, 97, 0]), isSmall: false),
        FusedLayerCase(
            name: "nested tiles, fused",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 2, outputChannels: 8, input: Extent(height: 9, width: 12), kernel: Extent(5),
                    padding: Extent(2)), norm: BatchNorm(), addsResidual: true, relu: true),
            capacity: 18, counts: SampleCounts([18, 7]), accumulate: true),
        FusedLayerCase(
            name: "64 channels, strided, fused",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 32, outputChannels: 64, input: Extent(height: 5, width: 4), kernel: Extent(3),
                    stride: Extent(2), padding: Extent(1)), norm: BatchNorm(), relu: true),
            capacity: 9, counts: SampleCounts([9, 8]), bias: false, isSmall: false),
        FusedLayerCase(
            name: "33 to 47 channels, residual, fused",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 33, outputChannels: 47, input: Extent(3), kernel: Extent(3), padding: Extent(1)),
                norm: BatchNorm(epsilon: 1e-3, momentum: 0.25), addsResidual: true, relu: true),
            capacity: 6, counts: SampleCounts([6, 2]), accumulate: true, isSmall: false),
        FusedLayerCase(
            name: "mean far from zero, fused",
            layer: FusedLayer(
                Convolution(
                    inputChannels: 4, outputChannels: 8, input: Extent(6), kernel: Extent(3), padding: Extent(1)),
                norm: BatchNorm(), relu: true),
            capacity: 16, counts: SampleCounts([16, 5]), values: .normal(mean: 30)),
    ]

    /// Batch norms.
    static let norms: [FusedLayerCase] = [
        FusedLayerCase(
            name: "the network's first",
            layer: FusedLayer(
                on: SampleShape(channels: 8, image: Extent(28)), norm: BatchNorm(), relu: true),
            capacity: 17, counts: SampleCounts([17, 4]), isSmall: false),
        FusedLayerCase(
            name: "the network's block",
            layer: FusedLayer(
                on: SampleShape(channels: 16, image: Extent(6)), norm: BatchNorm(), addsResidual: true, relu: true),
            capacity: 64, counts: SampleCounts([64, 63, 1, 0, 33]), isSmall: false),
        FusedLayerCase(
            name: "no ReLU",
            layer: FusedLayer(
                on: SampleShape(channels: 3, image: Extent(height: 4, width: 5)), norm: BatchNorm()),
            capacity: 15, counts: SampleCounts([15, 2])),
        FusedLayerCase(
            name: "residual without ReLU",
            layer: FusedLayer(
                on: SampleShape(channels: 1, image: Extent(height: 1, width: 7)), norm: BatchNorm(), addsResidual: true),
            capacity: 16, counts: SampleCounts([0, 16])),
        FusedLayerCase(
            name: "images of one pixel",
            layer: FusedLayer(
                on: SampleShape(channels: 17, image: Extent(1)), norm: BatchNorm(), relu: true),
            capacity: 16, counts: SampleCounts([16, 2])),
        FusedLayerCase(
            name: "one sample",
            layer: FusedLayer(
                on: SampleShape(channels: 2, image: Extent(2)), norm: BatchNorm(), addsResidual: true, relu: true),
            capacity: 1, counts: SampleCounts([1])),
        FusedLayerCase(
            name: "mean a thousand times the deviation",
            layer: FusedLayer(
                on: SampleShape(channels: 4, image: Extent(13)), norm: BatchNorm()),
            capacity: 33, counts: SampleCounts([33, 16]), values: .normal(mean: 1000)),
        FusedLayerCase(
            name: "mean minus a thousand deviations, both tiny",
            layer: FusedLayer(
                on: SampleShape(channels: 1, image: Extent(9)), norm: BatchNorm(), relu: true),
            capacity: 16, counts: SampleCounts([16]), values: .normal(mean: -1000, deviation: 0.01)),
        FusedLayerCase(
            name: "constant channels",
            layer: FusedLayer(
                on: SampleShape(channels: 2, image: Extent(3)), norm: BatchNorm(), relu: true),
            capacity: 5, counts: SampleCounts([5, 4]), values: .normal(mean: 3, deviation: 0)),
    ]

    /// Poolings of exact values with many ties.
    static let poolings: [FusedLayerCase] = [
        FusedLayerCase(
            name: "the network's",
            layer: FusedLayer(
                on: SampleShape(channels: 8, image: Extent(28)), relu: true,
                pool: MaxPool(kernel: Extent(3), stride: Extent(2))),
            capacity: 17, counts: SampleCounts([17, 16]), values: .ties(withNaN: false), isSmall: false),
        FusedLayerCase(
            name: "NaN",
            layer: FusedLayer(
                on: SampleShape(channels: 3, image: Extent(height: 8, width: 7)),
                pool: MaxPool(kernel: Extent(3), stride: Extent(2))),
            capacity: 16, counts: SampleCounts([16, 3]), values: .ties(withNaN: true)),
        FusedLayerCase(
            name: "windows apart",
            layer: FusedLayer(
                on: SampleShape(channels: 1, image: Extent(height: 9, width: 10)),
                pool: MaxPool(kernel: Extent(2), stride: Extent(3))),
            capacity: 15, counts: SampleCounts([15, 0, 1, 15, 14]), values: .ties(withNaN: false)),
        FusedLayerCase(
            name: "nothing square, heavy overlap",
            layer: FusedLayer(
                on: SampleShape(channels: 2, image: Extent(height: 5, width: 7)), relu: true,
                pool: MaxPool(kernel: Extent(height: 2, width: 4), stride: Extent(height: 2, width: 1))),
            capacity: 64, counts: SampleCounts([64, 40]), values: .ties(withNaN: false)),
        FusedLayerCase(
            name: "one pixel",
            layer: FusedLayer(
                on: SampleShape(channels: 17, image: Extent(1)), pool: MaxPool(kernel: Extent(1), stride: Extent(1))),
            capacity: 2, counts: SampleCounts([2]), values: .ties(withNaN: false)),
    ]
}
