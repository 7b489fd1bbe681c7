import Backend
import Backends
import Datasets
import NeuralNetwork
import Synchronization
import Testing
import Training

/// Cross-validations on several devices: the results are those of one, and a device that fails takes nothing from the others.
@Suite(.timeLimit(.minutes(5))) struct ConcurrentCrossValidationTests {
    private let data = syntheticData(training: 120, test: 40)
    private let configurations = [0.05, 0.1, 0.2, 0.4, 0.8].map {
        TrainingConfiguration(step: StepSettings(learningRate: $0, momentum: 0.5), batchSize: 32)
    }
    private let settings = TrainingSettings(epochs: 2)

    /// Gives several backends of one thread each to a generic body.
    private func onDevices<Result>(
        _ count: Int, _ body: (any Backend, [any Backend]) throws -> Result
    ) throws -> Result {
        let backends = try (0..<count).map { _ in try BackendSelection(BackendRequest(.cpu, threads: 1)).backend }
        return try body(backends[0], Array(backends.dropFirst()))
    }

    private func crossValidation<B: Backend>(_ first: B, _ others: [any Backend]) throws -> ConcurrentCrossValidation<B>
    {
        let backends = [first] + others.compactMap { $0 as? B }
        return ConcurrentCrossValidation(
            try backends.map {
                try CrossValidation(
                    data: data, network: network(for: data.format), folds: 2, settings: settings, on: $0)
            })
    }

    private func alone() throws -> [CrossValidationResult] {
        func run(on backend: some Backend) throws -> [CrossValidationResult] {
            try CrossValidation(
                data: data, network: network(for: data.format), folds: 2, settings: settings, on: backend
            ).run(configurations, stops: { _, _ in false })
        }
        return try run(on: BackendSelection(BackendRequest(.cpu, threads: 1)).backend)
    }

    @Test(arguments: [1, 2, 3]) func resultsAreThoseOfOneDevice(devices: Int) throws {
        let results = try onDevices(devices) { first, others in
            func run(on first: some Backend) throws -> [CrossValidationResult?] {
                var results: [CrossValidationResult?] = configurations.map { _ in nil }
                var asked: Set<Int> = []
                var last: (done: Int, total: Int) = (0, 1)
                // No two closures run at once.
                let isBusy = Atomic(false)
                func alone(_ body: () -> Void) {
                    let wasBusy = isBusy.exchange(true, ordering: .acquiring)
                    #expect(!wasBusy)
                    body()
                    isBusy.store(false, ordering: .releasing)
                }
                try crossValidation(first, others).run(
                    configurations, on: configurations.indices.map { $0 % devices },
                    progress: { steps in
                        alone {
                            #expect(steps.flatMap(\.configurations).sorted() == Array(configurations.indices))
                            let done = steps.reduce(0) { $0 + $1.samplesDone }
                            #expect(done >= last.done)
                            last = (done, steps.reduce(0) { $0 + $1.samplesTotal })
                        }
                    },
                    stops: { index, losses in
                        alone { asked.insert(index) }
                        return false
                    }, finished: { index, result in alone { results[index] = result } })
                #expect(asked == Set(configurations.indices))
                #expect(last.done == last.total)
                return results
            }
            return try run(on: first)
        }
        #expect(try results == alone())
    }

    private struct Fault: Error, Equatable { let device: Int }

    /// The devices 1 and 2 of three fail; what the others have to do is done before the first error is thrown.
    @Test func aFaultEndsItsDevice() throws {
        let whole = try alone()
        try onDevices(3) { first, others in
            func run(on first: some Backend) throws {
                var results: [Int: CrossValidationResult] = [:]
                #expect(throws: Fault(device: 1)) {
                    try crossValidation(first, others).run(
                        configurations, on: [0, 1, 2, 0, 1],
                        stops: { index, _ in
                            if [1, 2].contains(index) { throw Fault(device: index) }
                            return false
                        }, finished: { results[$0] = $1 })
                }
                #expect(results == [0: whole[0], 3: whole[3]])
            }
            try run(on: first)
        }
    }
}
