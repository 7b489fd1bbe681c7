package import Backend

extension OpenCLDevice: TunableDevice {
    package func tune(
        makeStep: (any Backend) throws -> () throws -> Void, progress: (TuningProgress) throws -> Void
    ) throws {
        let tuner = try Tuner(device: self)
        var number = 0
        _ = try tuner.run(makeStep: makeStep) { measurement in
            number += 1
            try progress(
                TuningProgress(
                    kernels: measurement.kernels.sorted(), milliseconds: measurement.seconds * 1000,
                    isChosen: measurement.isChosen, number: number, count: tuner.candidateCount))
        }
    }
}

extension OpenCLBackend: TunableBackend {
    package func forEachCandidate(
        _ body: (_ candidate: any KernelRecording, _ kernels: Set<String>) throws -> Void
    ) throws {
        let choices = configuration.choices
        for (index, choice) in choices.enumerated() {
            // Earlier choices for the same kernels can have any of their results.
            let earlier = choices[..<index].filter { !$0.kernels.isDisjoint(with: choice.kernels) }
            let starts = earlier.reduce([configuration.tiles]) { starts, other in starts.flatMap(other.candidates) }
            for tiles in starts.flatMap(choice.candidates) { try body(try with(tiles), choice.kernels) }
        }
    }
}
