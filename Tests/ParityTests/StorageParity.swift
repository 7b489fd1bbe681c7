import Backend
import TestSupport
import Testing

extension ParitySuite {
    @Suite("Storage")
    struct StorageParity {
        /// Shapes whose layout on a device includes padding.
        static let shapes = [
            ActivationShape(models: 1, samples: 1, channels: 1, image: Extent(1)),
            ActivationShape(models: 2, samples: 17, channels: 3, image: Extent(height: 2, width: 5)),
            ActivationShape(models: 5, samples: 15, channels: 1, image: Extent(4)),
            ActivationShape(models: 1, samples: 64, channels: 17, image: Extent(3)),
        ]

        /// Values that copying must preserve: signed zeros, subnormal numbers, infinities, NaN.
        private static func values(_ count: Int) -> [Float] {
            let special: [Float] = [
                -0.0, .leastNonzeroMagnitude, .infinity, -.infinity, .nan, .greatestFiniteMagnitude,
            ]
            return (0..<count).map { $0 % 11 < special.count ? special[$0 % 11] : Float($0) }
        }

        @Test(arguments: BackendUnderTest.all, shapes)
        func activationsReadBack(_ backend: BackendUnderTest, _ shape: ActivationShape) throws {
            try backend.use { try readBack(shape, on: $0) }
        }

        private func readBack(_ shape: ActivationShape, on backend: some Backend) throws {
            let activation = try backend.makeActivation(shape)
            #expect(activation.shape == shape)
            expectIdentical(
                try backend.read(activation), Array(repeating: 0, count: shape.count), "a new activation")
            let values = Self.values(shape.count)
            try backend.write(values, to: activation)
            expectIdentical(try backend.read(activation), values, "what was written")
            try backend.write(values.reversed(), to: activation)
            try backend.synchronize()
            expectIdentical(try backend.read(activation), Array(values.reversed()), "what was written over it")
            expectShapeMismatch("a value too many") { try backend.write(values + [1], to: activation) }
        }

        @Test(arguments: BackendUnderTest.all)
        func activationsInOneMemoryReadBack(_ backend: BackendUnderTest) throws {
            try backend.use { try readBackFromOneMemory(on: $0) }
        }

        private func readBackFromOneMemory(on backend: some Backend) throws {
            var shape = Self.shapes[1]
            let memory = try backend.makeMemory(bytes: backend.byteCount(of: shape))
            let other = try backend.makeActivation(shape, in: memory)
            try backend.write(Array(repeating: 1, count: shape.count), to: other)
            shape.models = 1
            let activation = try backend.makeActivation(shape, in: memory)
            #expect(activation.shape == shape)
            let values = Self.values(shape.count)
            try backend.write(values, to: activation)
            expectIdentical(try backend.read(activation), values, "what was written")
        }

        @Test(arguments: BackendUnderTest.all)
        func parametersReadBack(_ backend: BackendUnderTest) throws {
            try backend.use { try readParametersBack(on: $0) }
        }

        private func readParametersBack(on backend: some Backend) throws {
            let (models, count) = (3, 37)
            let parameters = try backend.makeParameters(models: models, count: count)
            #expect(parameters.models == models && parameters.count == count)
            expectIdentical(
                try backend.read(parameters), Array(repeating: 0, count: models * count), "new parameters")
            let values = Self.values(models * count)
            try backend.write(values, to: parameters)
            expectIdentical(try backend.read(parameters), values, "what was written")
            expectShapeMismatch("a value too few") {
                try backend.write(Array(values.dropLast()), to: parameters)
            }
        }

        @Test(arguments: BackendUnderTest.all)
        func labelsAndScoresReadBack(_ backend: BackendUnderTest) throws {
            try backend.use { try readLabelsBack(on: $0) }
        }

        private func readLabelsBack(on backend: some Backend) throws {
            let labels = try backend.makeLabels(LabelShape(models: 2, samples: 17))
            #expect(try backend.read(labels) == Array(repeating: 0, count: 34))
            let values = (0..<34).map { UInt8($0 * 7) }
            try backend.write(values, to: labels)
            #expect(try backend.read(labels) == values)
            expectShapeMismatch("a label too few") { try backend.write(Array(values.dropLast()), to: labels) }

            let scores = try backend.read(backend.makeScores(models: 2, steps: 3))
            #expect(scores.map(\.count) == [3, 3])
            #expect(scores.joined().allSatisfy { $0 == StepScore(lossSum: 0, correct: 0) })
        }

        /// The description of a device has no empty fields.
        @Test(arguments: BackendUnderTest.all)
        func describesItsDevice(_ backend: BackendUnderTest) throws {
            let device = try backend.use { $0.device }
            #expect(!device.backend.isEmpty)
            #expect(!device.name.isEmpty)
        }
    }
}
