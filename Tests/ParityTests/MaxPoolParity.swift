import Backend
import ReferenceBackend
import Testing

/// A max-pooling with its gradient, on values with many ties.
struct MaxPoolCase: ParityOperation {
    var name: String
    var pool: MaxPool
    var channels: Int
    var image: Extent
    /// `N`.
    var room: Int
    var counts: SampleCounts
    /// Whether some of the values are NaN.
    var withNaN = false
    var isSmall = true

    var poisonable: [String] { ["input", "outputGradient"] }

    var testDescription: String {
        "\(name): \(pool), \(channels)x\(image), \(counts.perModel) of \(room) samples\(withNaN ? ", NaN" : "")"
    }

    private func inputShape(_ models: Int) -> ActivationShape {
        ActivationShape(models: models, samples: room, channels: channels, image: image)
    }

    private func outputShape(_ models: Int) -> ActivationShape {
        ActivationShape(models: models, samples: room, channels: channels, image: pool.output(for: image))
    }

    func makeInputs() -> Tensors {
        var randoms = Randoms(seed: channels * image.area + room)
        let withNaN = withNaN
        return Tensors([
            // Five values, so that every window has ties.
            "input": randoms.activation(inputShape(models), counts: counts) { randoms in
                if withNaN && randoms.integer(below: 6) == 0 { return .nan }
                return Float(randoms.integer(below: 5) - 2)
            },
            "outputGradient": randoms.activation(outputShape(models), counts: counts),
        ])
    }

    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws -> Tensors {
        let input = try backend.upload(activation: inputs["input"])
        let output = try backend.staleActivation(outputShape(counts.models))
        try backend.maxPool(pool, input: input, counts: counts, output: output)
        let inputGradient = try backend.staleActivation(inputShape(counts.models))
        try backend.maxPoolGradient(
            pool, input: input, outputGradient: backend.upload(activation: inputs["outputGradient"]), counts: counts,
            inputGradient: inputGradient)
        return Tensors([
            "output": try backend.download(output, counts: counts),
            "inputGradient": try backend.download(inputGradient, counts: counts),
        ])
    }

    /// The output is one of the inputs, bit for bit; the gradient is a sum over the windows that a pixel can win.
    func tolerances(_ inputs: Tensors, expected: Tensors) throws -> [String: [Double]] {
        var magnitudes = inputs
        magnitudes["outputGradient"] = inputs["outputGradient"].map(abs)
        let windows = pool.kernel.area
        return [
            "inputGradient": try reference(magnitudes)["inputGradient"].values.map {
                Tolerance.roundings(ofSum: windows) * Tolerance.u * Double($0) + Tolerance.flushed(windows)
            }
        ]
    }

    static let all: [MaxPoolCase] = [
        MaxPoolCase(
            name: "the network's", pool: MaxPool(kernel: Extent(3), stride: Extent(2)), channels: 8,
            image: Extent(28), room: 17, counts: SampleCounts([17, 16]), isSmall: false),
        MaxPoolCase(
            name: "NaN", pool: MaxPool(kernel: Extent(3), stride: Extent(2)), channels: 3,
            image: Extent(height: 8, width: 7), room: 16, counts: SampleCounts([16, 3]), withNaN: true),
        MaxPoolCase(
            name: "windows apart", pool: MaxPool(kernel: Extent(2), stride: Extent(3)), channels: 1,
            image: Extent(height: 9, width: 10), room: 15, counts: SampleCounts([15, 0, 1, 15, 14])),
        MaxPoolCase(
            name: "one pixel", pool: MaxPool(kernel: Extent(1), stride: Extent(1)), channels: 17, image: Extent(1),
            room: 1, counts: SampleCounts([1])),
        MaxPoolCase(
            name: "nothing square, heavy overlap",
            pool: MaxPool(kernel: Extent(height: 2, width: 4), stride: Extent(height: 2, width: 1)), channels: 2,
            image: Extent(height: 5, width: 7), room: 64, counts: SampleCounts([64, 40])),
    ]
}

extension ParitySuite {
    @Suite("Max-pool")
    struct MaxPoolParity {
        @Test(arguments: BackendUnderTest.all, MaxPoolCase.all)
        func matchesReference(_ backend: BackendUnderTest, _ operation: MaxPoolCase) throws {
            try expectParity(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, MaxPoolCase.all)
        func stackEqualsSeparateRuns(_ backend: BackendUnderTest, _ operation: MaxPoolCase) throws {
            try expectStackEqualsSeparateRuns(of: operation, on: backend)
        }

        @Test(arguments: BackendUnderTest.all, MaxPoolCase.all)
        func poisonStaysInItsModel(_ backend: BackendUnderTest, _ operation: MaxPoolCase) throws {
            try expectPoisonStays(inItsModelOf: operation, on: backend)
        }

        /// Two windows, written out: the first of equal maxima wins, infinities are numbers, the last NaN wins.
        @Test(arguments: BackendUnderTest.all)
        func winners(_ backend: BackendUnderTest) throws {
            let pool = MaxPoolCase(
                name: "winners", pool: MaxPool(kernel: Extent(2), stride: Extent(2)), channels: 1,
                image: Extent(height: 2, width: 8), room: 1, counts: SampleCounts([1]))
            var inputs = pool.makeInputs()
            inputs["input"].values = [
                1, 3, -.infinity, -.infinity, .nan, 2, .infinity, 5,
                3, 3, -.infinity, -.infinity, 9, .nan, .infinity, .infinity,
            ]
            inputs["outputGradient"].values = [10, 20, 30, 40]
            let found = try backend.use { try pool.run(inputs, counts: pool.counts, on: $0) }
            expectIdentical(found["output"].values, [3, -.infinity, .nan, .infinity], "output")
            expectIdentical(
                found["inputGradient"].values,
                [
                    0, 10, 20, 0, 0, 0, 40, 0,
                    0, 0, 0, 0, 0, 30, 0, 0,
                ], "input gradient")
        }

        /// What does not fit is refused with an error that names the operation.
        @Test(arguments: BackendUnderTest.all)
        func refusesShapesThatDoNotFit(_ backend: BackendUnderTest) throws {
            try backend.use { try refuseMismatches(on: $0) }
        }

        private func refuseMismatches(on backend: some Backend) throws {
            func activation(_ side: Int) throws -> StackTensor {
                let shape = ActivationShape(models: 1, samples: 2, channels: 3, image: Extent(side))
                return StackTensor(shape, Array(repeating: 1, count: shape.count))
            }
            let five = try backend.upload(activation: activation(5))
            let two = try backend.upload(activation: activation(2))
            let pool = MaxPool(kernel: Extent(3), stride: Extent(2))
            let counts = SampleCounts([2])
            #expect(throws: Never.self) { try backend.maxPool(pool, input: five, counts: counts, output: two) }
            expectShapeMismatch("an output of another extent") {
                try backend.maxPool(pool, input: five, counts: counts, output: five)
            }
            expectShapeMismatch("a window larger than the image") {
                try backend.maxPool(pool, input: two, counts: counts, output: two)
            }
            expectShapeMismatch("an input gradient of another extent") {
                try backend.maxPoolGradient(
                    pool, input: five, outputGradient: two, counts: counts, inputGradient: two)
            }
            expectShapeMismatch("too few counts") {
                try backend.maxPool(pool, input: five, counts: SampleCounts([]), output: two)
            }
        }
    }
}
