import Backend
import OpenCLBackend
import Testing

@Suite("OpenCL teams", .enabled(if: isWorthRunning, "there is no OpenCL device"), .serialized)
struct TeamTests {
    /// Models in several parts, or on separate compute units, get the same bits as in one stack.
    @Test(.timeLimit(.minutes(5)), arguments: 1...5)
    func partsAndTeamsChangeNoBit(_ models: Int) throws {
        let backend = try OpenCLBackend(device: try #require(devices.first))
        let whole = try TrainingRun(models: models, on: backend.makeUndivided())
        let divided = try TrainingRun(models: models, on: backend)
        let bits = try whole.passBits()
        #expect(bits.count == models && Set(bits[0]).count > 1000)
        #expect(try divided.passBits() == bits)
        // First single steps, then a pass on all teams.
        #expect(try divided.bits() == whole.bits())
        #expect(try divided.passBits() == whole.passBits())
    }

    /// A partitioned device has a team on each compute unit if there are enough models for all of them.
    @Test func teamsAreComputeUnits() throws {
        let backend = try OpenCLBackend(device: try #require(devices.first))
        let units = backend.device.computeUnits
        let teams = try backend.makeTeams(atMost: units, samples: 64)
        #expect(teams.count == 1 || teams.count == units)
        #expect(try backend.makeTeams(atMost: units - 1, samples: 64).count == 1)
        let again = try backend.makeTeams(atMost: units + 1, samples: 64)
        #expect(zip(again, teams).allSatisfy { $0 === $1 }, "teams keep their kernels")
        #expect(try backend.makeUndivided().makeTeams(atMost: units, samples: 64).count == 1)
    }
}
