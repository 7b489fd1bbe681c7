import Foundation
import TestSupport
import Testing

/// What a step costs the host, and what a driver that reports errors late is told about, on a device that computes nothing.
@Suite(.enabled(if: FaultyDriver.isThere, "there is no clang"), .timeLimit(.minutes(10)))
struct IdleDeviceTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A training step of a stack of 5 costs the host at most 170,000 instructions.
    ///
    /// They are the difference between two runs of different length, so those of the start do not count; those of drawing the
    /// order of an epoch do.
    @Test(.enabled(if: Command.areThere("valgrind", "objcopy"), "there is no valgrind")) func aStepIsFewInstructions()
        throws
    {
        try writeSyntheticData(training: 6400, test: 64, to: folder)
        let environment = try FaultyDriver(in: folder).environment("idle")
        // Valgrind does not read the debug information that Swift writes.
        let program = folder.path("program")
        let copied = try #require(Command(named: "objcopy")).run(["--strip-debug", Program.url.path, program])
        try #require(copied.exitCode == 0, "\(copied.errors)")
        func instructions(epochs: Int) throws -> Int {
            let counted = try #require(Command(named: "valgrind")).run(
                [
                    "--tool=callgrind", "--callgrind-out-file=\(folder.path("counts"))", program, "cross-validate",
                    "--learning-rate", "0.01", "--epochs", "\(epochs)", "--backend", "opencl", "--data",
                    folder.url.path,
                ], environment: environment)
            try #require(counted.exitCode == 0, "\(counted.errors)")
            let line = try #require(counted.errors.split(separator: "\n").last { $0.contains("Collected") })
            return try #require(line.split(separator: " ").last.flatMap { Int($0) })
        }
        // Each fold trains on 5,120 images.
        let (epochs, stepsOfEpoch) = (4, 5120 / 64)
        let difference = try instructions(epochs: 2 + epochs) - instructions(epochs: 2)
        #expect(difference > 0)
        let ofStep = difference / (epochs * stepsOfEpoch)
        #expect(ofStep <= 170_000, "\(ofStep) instructions")
    }

    /// A training step of the seed's network is 29 launches on a GPU, whatever the size of the stack.
    @Test(arguments: ["1", "5"]) func aStepIsFewLaunches(models: String) throws {
        try writeSyntheticData(to: folder)
        let result = try Program.run(
            ["benchmark", "--backend", "opencl", "--stack", models, "--data", folder.url.path],
            environment: try FaultyDriver(in: folder).environment("idle"))
        #expect(result.exitCode == 0, "\(result.errors)")
        let totals = result.output.split(separator: "\n").map { $0.split(separator: " ") }
            .filter { $0.first == "all" && $0.count > 2 }
        #expect(totals.map { $0[1] } == ["29"], "\(result.output)")
    }

    /// The device's losses are all zero, and no epoch is left out.
    @Test func everyEpochRunsThoughLossesAreConstant() throws {
        try writeSyntheticData(to: folder)
        let environment = try FaultyDriver(in: folder).environment("idle")
        let result = try Program.run(
            [
                "optimize", "--evaluations", "6", "--stop", "never", "--no-pruning", "--backend", "opencl", "--epochs",
                "2",
                "--data", folder.url.path, "--output", folder.path("out"), "--json",
            ], environment: environment)
        #expect(result.exitCode == 0, "\(result.errors)")
        let trials = try #require(try result.json()["evaluations"] as? [[String: Any]])
        #expect(trials.count == 6)
        #expect(trials.allSatisfy { $0["epochs"] as? Int == 2 && $0["validation_loss"] as? Double == 0 })
    }

    /// A kernel whose error is reported later is found if every launch is waited for.
    @Test(arguments: [false, true]) func aLateErrorNamesItsKernel(isTracing: Bool) throws {
        try writeSyntheticData(to: folder)
        let environment = try FaultyDriver(in: folder).environment("launch")
        let result = try Program.run(
            [
                "cross-validate", "--learning-rate", "0.1", "--epochs", "1", "--backend", "opencl", "--data",
                folder.url.path,
            ],
            environment: environment.merging(["RESNET_BO_OPENCL_TRACE": isTracing ? "1" : ""]) { $1 })
        #expect(result.exitCode == 1)
        #expect(result.complaints.count == 1)
        let complaint = try #require(result.complaints.first)
        #expect(complaint.contains("running multiplyWithLoss") == isTracing, "\(complaint)")
        #expect(complaint.contains("RESNET_BO_OPENCL_TRACE=1") != isTracing, "\(complaint)")
        #expect(complaint.contains("-9999"), "\(complaint)")
    }
}
