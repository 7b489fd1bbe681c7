import Backend
import ParityCases
import TestSupport
import Testing

extension ParitySuite {
    @Suite("Storage")
    struct StorageParity {
        @Test(arguments: BackendUnderTest.all, ParityCheck.all(of: .storage))
        func passes(_ backend: BackendUnderTest, _ check: ParityCheck) throws {
            try expectPassing(check, on: backend)
        }

        /// Other numbers of values than there is memory for are rejected.
        @Test(arguments: BackendUnderTest.all)
        func refusesOtherCounts(_ backend: BackendUnderTest) throws {
            try backend.use { try refuseOtherCounts(on: $0) }
        }

        private func refuseOtherCounts(on backend: some Backend) throws {
            let shape = ActivationShape(models: 2, samples: 17, channels: 3, image: Extent(height: 2, width: 5))
            let activation = try backend.makeActivation(shape)
            expectShapeMismatch("a value too many") {
                try backend.write(Array(repeating: 1, count: shape.count + 1), to: activation)
            }
            let parameters = try backend.makeParameters(models: 3, count: 37)
            expectShapeMismatch("a value too few") {
                try backend.write(Array(repeating: 1, count: 3 * 37 - 1), to: parameters)
            }
            let labels = try backend.makeLabels(LabelShape(models: 2, samples: 17))
            expectShapeMismatch("a label too few") {
                try backend.write(Array(repeating: 1, count: 33), to: labels)
            }
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
