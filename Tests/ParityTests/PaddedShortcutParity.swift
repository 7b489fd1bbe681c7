import Backend
import ParityCases
import ReferenceBackend
import TestSupport
import Testing

extension ParitySuite {
    @Suite("Padded shortcut")
    struct PaddedShortcutParity {
        @Test(arguments: BackendUnderTest.all, ParityCheck.all(of: .paddedShortcut))
        func passes(_ backend: BackendUnderTest, _ check: ParityCheck) throws {
            try expectPassing(check, on: backend)
        }

        /// Shapes that do not fit are rejected; the checks are common to all backends.
        @Test func refusesShapesThatDoNotFit() throws {
            let backend = ReferenceBackend(.single)
            func run(before: Int, outputs: Int, channels: Int = 2, side: Int = 3, stride: Int = 2) throws {
                let shortcut = PaddedShortcut(
                    input: SampleShape(channels: 2, image: Extent(5)), outputChannels: outputs, channelsBefore: before,
                    stride: Extent(stride))
                func activation(_ channels: Int, _ side: Int) throws -> ReferenceActivation {
                    try backend.makeActivation(
                        ActivationShape(models: 1, samples: 2, channels: channels, image: Extent(side)))
                }
                try backend.paddedShortcut(
                    shortcut, input: activation(channels, 5), counts: SampleCounts([2]),
                    output: activation(outputs, side))
            }
            #expect(throws: Never.self) { try run(before: 1, outputs: 4) }
            expectShapeMismatch("channels beyond the output") { try run(before: 3, outputs: 4) }
            expectShapeMismatch("channels before the first") { try run(before: -1, outputs: 4) }
            expectShapeMismatch("an input of other channels") { try run(before: 0, outputs: 4, channels: 3) }
            expectShapeMismatch("an output of another extent") { try run(before: 0, outputs: 4, side: 2) }
            expectShapeMismatch("no stride") { try run(before: 0, outputs: 4, stride: 0) }
        }
    }
}
