import Backend
import Foundation
import OpenCLBackend
import TestSupport
import Testing

extension TemporaryFolder {
    /// The folder as a cache.
    fileprivate var cache: CacheFolder { CacheFolder(folder: path) }

    fileprivate func files(_ prefix: String) throws -> [URL] {
        try files().filter { $0.hasPrefix(prefix) }.map { url.appending(path: $0) }
    }
}

@Suite("OpenCL tuner and cache", .enabled(if: isWorthRunning, "there is no OpenCL device"), .serialized)
struct TunerTests {
    /// Five training steps give the same bits with every candidate of the tuner.
    @Test(.timeLimit(.minutes(20)), arguments: [KernelConfiguration.gpu, .cpu(vectorWidth: 16)])
    func candidatesChangeNoBit(_ configuration: KernelConfiguration) throws {
        let device = try #require(devices.first)
        let folder = try TemporaryFolder()
        func bits(_ tiles: KernelTiles) throws -> [[UInt32]] {
            var candidate = configuration
            candidate.tiles = tiles
            let backend = try OpenCLBackend(device: device, configuration: candidate, cache: folder.cache)
            return try TrainingRun(on: backend).bits()
        }
        let expected = try bits(configuration.tiles)
        #expect(Set(expected[0]).count > 1000)
        for choice in configuration.choices {
            for tiles in choice.candidates(configuration.tiles) {
                #expect(try bits(tiles) == expected, "\(choice.kernels) with \(tiles)")
            }
        }
    }

    /// The choice is saved for later runs, unless its file is damaged or of another driver or version.
    @Test func choicesAreKept() throws {
        let device = try #require(devices.first)
        let folder = try TemporaryFolder()
        let tuner = try Tuner(device: device, cache: folder.cache)
        var measurements = 0
        let tiles = try tuner.run { backend in
            let run = try TrainingRun(on: backend)
            var index = 0
            return {
                try run.step(index)
                index += 1
            }
        } progress: { measurement in
            measurements += 1
            #expect(measurement.seconds > 0)
        }
        #expect(measurements == tuner.candidateCount)
        #expect(try OpenCLBackend(device: device, cache: folder.cache).configuration.tiles == tiles)

        let file = try #require(try folder.files("tiles").first)
        let untuned = try OpenCLBackend(device: device, cache: CacheFolder(folder: nil)).configuration
        let good = try Data(contentsOf: file)
        for damage in [
            Data(), good.prefix(40), good.dropLast(), Data(good.reversed()), Data("resnet-bo cache 1\n".utf8),
        ] {
            try damage.write(to: file)
            #expect(try OpenCLBackend(device: device, cache: folder.cache).configuration == untuned)
        }
    }

    /// The second start compiles nothing and gives the same bits; a damaged program is compiled again.
    @Test func programsAreKept() throws {
        let device = try #require(devices.first)
        let folder = try TemporaryFolder()
        let first = try OpenCLBackend(device: device, cache: folder.cache)
        let bits = try TrainingRun(on: first).bits()
        #expect(first.compilations > 5)

        let second = try OpenCLBackend(device: device, cache: folder.cache)
        #expect(try TrainingRun(on: second).bits() == bits)
        #expect(second.compilations == 0)

        for file in try folder.files("program") {
            var contents = try Data(contentsOf: file)
            contents[contents.count / 2] ^= 0xff
            try contents.write(to: file)
        }
        let third = try OpenCLBackend(device: device, cache: folder.cache)
        #expect(try TrainingRun(on: third).bits() == bits)
        #expect(third.compilations == first.compilations)
    }

    /// A step has few launches, for every size of the stack.
    @Test func aStepIsFewLaunches() throws {
        let backend = try OpenCLBackend(device: try #require(devices.first)).makeUndivided()
        let run = try TrainingRun(on: backend)
        // The first two steps find out how much memory the partial sums need.
        for step in 0..<2 { try run.step(step) }
        let launches = try backend.recordLaunches { try run.step(2) }
        // Forward two for each of four convolutions, backward three; the gather, the last layer, its loss, its gradients, the sums
        // and SGD. Winograd's algorithm has one of its own for the gradient in the input of the block's 3x3 convolution of
        // stride 1. On a GPU two of the convolutions are a pair, the last layer has its loss, and SGD the sums.
        let isGPU = backend.configuration.vector == 1
        let isWinograd = backend.configuration.sumOrder.transformedChannels > 0
        #expect(
            launches.count == 3 * 2 + 3 * 3 + 4 + (isGPU ? 0 : 5 + 2) + (isWinograd ? 1 : 0),
            "\(launches.map(\.kernel))")
        #expect(launches.allSatisfy { $0.work.bytes > 0 })
        #expect(backend.peakMemoryBytes > 0)
    }
}
