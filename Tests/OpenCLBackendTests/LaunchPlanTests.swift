import Backend
import OpenCLBackend
import Testing

@Suite("Launch plans", .enabled(if: isWorthRunning, "there is no OpenCL device"), .serialized, .timeLimit(.minutes(5)))
struct LaunchPlanTests {
    /// Repeated launches give the bits of the operations, whatever differs from step to step and from run to run.
    @Test(arguments: [1, 3]) func repeatedStepsHaveTheBitsOfTheirOperations(models: Int) throws {
        let backend = try OpenCLBackend(device: try #require(devices.first))
        let planned = try TrainingRun(models: models, on: backend)
        // Listing the launches of a step performs its operations.
        let listed = try TrainingRun(models: models, on: backend.makeUndivided())
        let lister = try backend.makeUndivided()
        let performed = try TrainingRun(models: models, on: lister)
        for (momentum, seed) in [(0, 2), (0.9, 3), (0, 4)] as [(Double, UInt32)] {
            for run in [planned, listed, performed] { try run.restart(momentum: momentum, seed: seed) }
            for epoch in 0..<4 as Range<Int32> {
                let bits = try performed.epochBits(shift: epoch) { step in _ = try lister.recordLaunches(step) }
                #expect(Set(bits.joined()).count > 1000)
                #expect(try planned.epochBits(shift: epoch) { try $0() } == bits)
                #expect(try listed.epochBits(shift: epoch) { try $0() } == bits)
            }
        }
    }

    /// A step that is repeated is checked as one that is performed.
    @Test func repeatedStepsAreChecked() throws {
        let backend = try OpenCLBackend(device: try #require(devices.first))
        let run = try TrainingRun(on: backend)
        for index in 0..<2 * TrainingRun.steps { try run.step(index) }
        #expect(throws: BackendError.self) { try run.stepOutsideScores() }
    }

    /// What a device may not take is refused with the number.
    @Test func tooManyWorkGroupsAreAnError() throws {
        let backend = try OpenCLBackend(device: try #require(devices.first), configuration: .gpu)
        let shape = ActivationShape(models: 65_536, samples: 1, channels: 1, image: Extent(1))
        let (input, output) = (try backend.makeActivation(shape), try backend.makeActivation(shape))
        let error = #expect(throws: BackendError.self) {
            try backend.averagePool(
                AveragePool(global: Extent(1)), input: input, counts: SampleCounts(1, models: 65_536), output: output)
        }
        #expect(error.map { "\($0)".contains("65536") && "\($0)".contains("averagePool") } == true)
    }
}
