package import Backend
import JSON
import Kernels

/// The tile sizes that the tuner has chosen for a device, in the user's cache.
struct TunedTiles {
    private let cache: CacheFolder

    init(_ cache: CacheFolder) {
        self.cache = cache
    }

    /// A configuration with the tuned tile sizes for a device, or unchanged if there are none.
    func apply(to configuration: KernelConfiguration, on device: OpenCLDevice) -> KernelConfiguration {
        guard let contents = cache.read(Self.name(configuration, device), for: Self.key(configuration, device)),
            let tiles = try? JSON.decode(KernelTiles.self, from: contents), tiles.isSound
        else { return configuration }
        var tuned = configuration
        tuned.tiles = tiles
        return tuned
    }

    /// Saves tile sizes for a configuration on a device.
    func save(_ tiles: KernelTiles, for configuration: KernelConfiguration, on device: OpenCLDevice) {
        guard let contents = try? JSON.encode(tiles) else { return }
        cache.write(Array(contents.utf8), for: Self.key(configuration, device), name: Self.name(configuration, device))
    }

    private static func name(_ configuration: KernelConfiguration, _ device: OpenCLDevice) -> String {
        let text = "\(device.description.name)\n\(configuration.vector)x\(configuration.items)"
        return "tiles-\(String(fnv1a(text.utf8), radix: 16)).json"
    }

    /// Tile sizes are valid for a device, a driver and these kernels.
    private static func key(_ configuration: KernelConfiguration, _ device: OpenCLDevice) -> String {
        let sources = KernelSource.allCases.map(\.program).joined()
        return "\(device.identity)\n\(configuration.vector)x\(configuration.items)\n\(fnv1a(sources.utf8))"
    }
}

extension KernelTiles {
    /// Whether all sizes are in the range that the kernels support.
    fileprivate var isSound: Bool {
        let sizes = [
            outputChannels, inputChannels, inputPixels, gradientSums, gradientChannels, gradientColumns, outputs,
            gradientOutputs, features, groups,
        ]
        return sizes.allSatisfy { (1...64).contains($0) } && (1...1 << 20).contains(elementwisePixels)
    }

    /// Some of the tile sizes, the kernels that use them, and their candidates.
    package struct Choice: Sendable {
        /// The kernels whose duration depends on these sizes.
        package var kernels: Set<String>
        /// All tile sizes for each candidate.
        package var candidates: @Sendable (KernelTiles) -> [KernelTiles]
    }

    /// The choices of the tuner, which it makes one after another.
    ///
    /// The order of a sum does not depend on them. The candidates for GPUs compile to good code with the compilers of three
    /// vendors: `scripts/check-gpu-code` compiles every candidate.
    fileprivate static func choices(isGPU: Bool) -> [Choice] {
        let output = isGPU ? [4, 8] : [4, 8, 16]
        let input = isGPU ? [(4, 3), (8, 2), (4, 4)] : [(4, 3), (8, 3), (8, 2), (4, 4)]
        let gradient =
            isGPU
            ? [(18, 8, 3), (18, 8, 4)]
            : [(12, 4, 1), (18, 8, 3), (24, 8, 1), (24, 8, 2), (36, 4, 2), (36, 8, 3)]
        let linear = isGPU ? [(5, 4), (5, 8)] : [(5, 4), (5, 8), (10, 4)]
        return [
            Choice(kernels: ["convolve", "convolvePair"]) { tiles in
                output.map { size in tiles.with { $0.outputChannels = size } }
            },
            Choice(kernels: ["convolveGradients", "convolveGradientsPair"]) { tiles in
                input.map { channels, pixels in
                    tiles.with {
                        $0.inputChannels = channels
                        $0.inputPixels = pixels
                    }
                }
            },
            Choice(kernels: ["convolveGradients", "convolveGradientsPair"]) { tiles in
                gradient.map { sums, channels, columns in
                    tiles.with {
                        $0.gradientSums = sums
                        $0.gradientChannels = channels
                        $0.gradientColumns = columns
                    }
                }
            },
            Choice(
                kernels: [
                    "normalizeTraining", "normalizeTrainingPair", "normalizeGradient", "normalizeGradientPair",
                ]
            ) { tiles in
                [4, 8, 16, 1 << 20].map { size in tiles.with { $0.elementwisePixels = size } }
            },
            Choice(kernels: ["multiply", "multiplyWithLoss", "softmaxCrossEntropy"]) { tiles in
                [(5, 1), (10, 1), (5, 3), (10, 2)].map { outputs, groups in
                    tiles.with {
                        $0.outputs = outputs
                        $0.groups = groups
                    }
                }
            },
            Choice(kernels: ["multiplyGradients"]) { tiles in
                linear.map { outputs, features in
                    tiles.with {
                        $0.gradientOutputs = outputs
                        $0.features = features
                    }
                }
            },
        ]
    }

    private func with(_ change: (inout KernelTiles) -> Void) -> KernelTiles {
        var changed = self
        change(&changed)
        return changed
    }
}

extension KernelConfiguration {
    /// The choices of the tuner.
    package var choices: [KernelTiles.Choice] { KernelTiles.choices(isGPU: vector == 1) }
}

/// Chooses the tile sizes for a device by measurements.
package struct Tuner {
    /// A measurement.
    package struct Measurement: Sendable {
        package var kernels: Set<String>
        package var tiles: KernelTiles
        /// The duration of the kernels in one step; infinite if the device can't run them with these tile sizes.
        package var seconds: Double
        /// Whether later runs use these tile sizes.
        package var isChosen: Bool
    }

    private let device: OpenCLDevice
    private let configuration: KernelConfiguration
    private let cache: CacheFolder

    /// - Throws: `BackendError.unavailable(backend:reason:)` for a forced configuration that does not exist.
    package init(device: OpenCLDevice, cache: CacheFolder = .user) throws(BackendError) {
        self.device = device
        self.cache = cache
        configuration = try .automatic(for: device)
    }

    /// The number of candidates.
    package var candidateCount: Int {
        configuration.choices.reduce(0) { $0 + Self.candidates(of: $1, from: configuration.tiles).count }
    }

    /// The candidates of a choice, the present tile sizes first.
    private static func candidates(of choice: KernelTiles.Choice, from tiles: KernelTiles) -> [KernelTiles] {
        [tiles] + choice.candidates(tiles).filter { $0 != tiles }
    }

    /// Makes one choice after another by ``CandidateComparison``, and saves the tile sizes in the cache.
    ///
    /// - Parameters:
    ///   - makeStep: returns a training step on a backend.
    ///   - progress: is called with every measurement, after all of a choice.
    /// - Throws: `FileError` if another process tunes with the same cache, and what `makeStep` and `progress` throw.
    package func run(
        makeStep: (OpenCLBackend) throws -> () throws -> Void, progress: (Measurement) throws -> Void
    ) throws -> KernelTiles {
        let lock = try cache.lock()
        defer { withExtendedLifetime(lock) {} }
        let beginning = ContinuousClock.now
        let comparison = CandidateComparison(resolution: device.timerResolution) {
            (ContinuousClock.now - beginning) / .seconds(1)
        }
        var tuned = configuration
        for choice in configuration.choices {
            let candidates = Self.candidates(of: choice, from: tuned.tiles)
            let seconds = try comparison.shortest(
                of: candidates.map { tiles in
                    var candidate = tuned
                    candidate.tiles = tiles
                    return try open(candidate, choice.kernels, makeStep)
                })
            let chosen = CandidateComparison.choice(seconds)
            for (index, tiles) in candidates.enumerated() {
                try progress(
                    Measurement(
                        kernels: choice.kernels, tiles: tiles, seconds: seconds[index], isChosen: index == chosen))
            }
            tuned.tiles = candidates[chosen]
        }
        TunedTiles(cache).save(tuned.tiles, for: configuration, on: device)
        return tuned.tiles
    }

    /// A candidate that measures some kernels of a training step; nil if the device can't run it.
    private func open(
        _ candidate: KernelConfiguration, _ kernels: Set<String>,
        _ makeStep: (OpenCLBackend) throws -> () throws -> Void
    ) throws -> CandidateComparison.Candidate? {
        do {
            let backend = try OpenCLBackend(
                device: device, configuration: candidate, cache: cache, isProfiling: true)
            let step = try makeStep(backend)
            for _ in 0..<3 { try step() }
            return { repetitions in
                // The caches hold what the candidate before this one has left.
                try step()
                let seconds = try backend.kernelSeconds { for _ in 0..<repetitions { try step() } }
                return kernels.reduce(0) { $0 + (seconds[$1] ?? 0) }
            }
        } catch BackendError.deviceFailure {
            // For example too many registers for a work-group of this size.
            return nil
        } catch BackendError.unavailable {
            return nil
        }
    }
}
