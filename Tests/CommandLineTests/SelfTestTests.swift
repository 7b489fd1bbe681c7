import Foundation
import TestSupport
import Testing

/// `self-test` on the CPU, and on OpenCL devices with faults.
@Suite("The self-test", .timeLimit(.minutes(5))) struct SelfTestTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private let noDevice = "There is no device besides the CPU."

    /// The report in JSON has what scripts rely on.
    @Test func processor() throws {
        let report = folder.path("report.txt")
        let operations = ["loss", "storage", "training"]
        let result = try Program.run(
            ["self-test", "--backend", "cpu", "--report", report, "--json"]
                + operations.flatMap { ["--operation", $0] })
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.errors.contains("cpu: passed in "))
        let json = try result.json()
        #expect(json["passed"] as? Bool == true)
        #expect(json["notes"] as? [String] == [])
        for name in ["version", "system", "processor"] { #expect((json[name] as? String)?.isEmpty == false, "\(name)") }
        let devices = try #require(json["devices"] as? [[String: Any]])
        #expect(devices.count == 1)
        let device = try #require(devices.first)
        #expect(device["backend"] as? String == "cpu")
        #expect(device["passed"] as? Bool == true)
        #expect(device["failure"] is NSNull)
        #expect((device["facts"] as? [String: String])?.isEmpty == false)
        let found = try #require(device["operations"] as? [[String: Any]])
        #expect(Set(found.compactMap { $0["operation"] as? String }) == Set(operations))
        for operation in found {
            #expect((operation["comparisons"] as? Int ?? 0) >= 4)
            #expect((0...1).contains(try #require(operation["worst"] as? Double)))
            #expect(operation["failure"] is NSNull)
        }
        let losses = try #require(found.first { $0["operation"] as? String == "loss" })
        #expect((losses["worst"] as? Double ?? 0) > 0, "a loss without any rounding")
        let text = try folder.text("report.txt")
        #expect(text.contains("Verdict, of loss, storage, training alone: passed on cpu\n"), "\(text)")
        #expect(!text.contains(noDevice))
    }

    /// What is printed is what is written to the file.
    @Test func theFileHasTheReport() throws {
        let report = folder.path("report.txt")
        let result = try Program.run(
            ["self-test", "--backend", "cpu", "--operation", "gather", "--report", report])
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.output == (try folder.text("report.txt")))
        #expect(result.output.hasPrefix("resnet-bo "))
        #expect(result.output.contains("\n    gather "))
    }

    /// A device with a fault fails, with its reason in one line, and the CPU is tested.
    @Test(
        .enabled(if: FaultyDriver.isThere, "there is no clang"),
        arguments: [
            ("build", "opencl 0: Faulty GPU", "error: this compiler builds nothing"),
            ("clock", "opencl 0: Faulty GPU", "not usable: reading property 0x100C failed on Faulty GPU"),
            ("device-list", "opencl: Faulty Platform", "not usable: listing the devices failed on Faulty Platform"),
        ])
    func aDeviceThatFails(fault: String, device: String, reason: String) throws {
        let environment = try FaultyDriver(in: folder).environment(fault).merging(["RESNET_BO_CACHE": "off"]) { $1 }
        let result = try Program.run(["self-test", "--operation", "optimizer"], environment: environment)
        #expect(result.exitCode == 1)
        #expect(result.complaints.count == 1, "\(result.errors)")
        #expect(
            result.complaints.first?.hasPrefix("resnet-bo: the self-test failed on \(device): ") == true,
            "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.contains(Substring(device)))
        let failures = lines.filter { $0.hasPrefix("    failed: ") }
        #expect(failures.count == 1 && failures[0].contains(reason), "\(result.output)")
        #expect(lines.count { $0.hasPrefix("    passed in ") } == 1)
        #expect(lines.last == "Verdict, of optimizer alone: failed on \(device)")
    }

    /// A named device that can't be used is an error before the work.
    @Test(.enabled(if: FaultyDriver.isThere, "there is no clang"), arguments: ["0", "faulty gpu"])
    func aNamedDeviceThatFails(name: String) throws {
        let environment = try FaultyDriver(in: folder).environment("clock")
        let result = try Program.run(["self-test", "--device", name], environment: environment)
        #expect(result.exitCode == 1)
        #expect(result.output.isEmpty)
        #expect(
            result.complaints.first?.contains("reading property 0x100C failed on Faulty GPU") == true,
            "\(result.errors)")
    }

    /// A driver without a device is usual: it is said, and the CPU is tested.
    @Test(.enabled(if: FaultyDriver.isThere, "there is no clang")) func noDeviceBesidesTheCPU() throws {
        let environment = try FaultyDriver(in: folder).environment("no-device")
        let result = try Program.run(["self-test", "--operation", "optimizer"], environment: environment)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(
            result.output.contains("opencl: the platform Faulty Platform has no device; it may lack access to a GPU"))
        #expect(result.output.contains("\n\(noDevice)\n"))
        let explicit = try Program.run(["self-test", "--backend", "opencl"], environment: environment)
        #expect(explicit.exitCode == 1)
        #expect(explicit.complaints.count == 1 && explicit.output.isEmpty, "\(explicit.errors)")
    }

    /// PoCL with kernels that have a fault, which `kernels.c` lists.
    private func test(_ operations: [String], with fault: String, _ flags: [String] = []) throws -> Command.Result {
        try Program.run(
            ["self-test"] + operations.flatMap { ["--operation", $0] } + flags,
            environment: [
                "LD_PRELOAD": FaultyDriver.compile("kernels", in: folder), "FAULTY_KERNELS": fault,
                "OCL_ICD_VENDORS": FaultyDriver.pocl, "OCL_ICD_FILENAMES": "", "RESNET_BO_CACHE": "off",
            ])
    }

    /// A wrong kernel is a failure that names the operation, the case and the first wrong number.
    ///
    /// Both ways to find it do: the comparison with the reference, and the training of the networks that have the operation.
    @Test(.enabled(if: FaultyDriver.isThere && FaultyDriver.hasPoCL, "needs clang and PoCL"))
    func aWrongKernel() throws {
        let operations = ["average-pool", "training"]
        let right = try test(operations, with: "none")
        #expect(right.exitCode == 0, "\(right.errors)")

        let report = folder.path("report.txt")
        let wrong = try test(operations, with: "wrong", ["--json", "--report", report])
        #expect(wrong.exitCode == 1)
        #expect(wrong.complaints.count == 1)
        #expect(
            wrong.complaints.first?.hasSuffix(": wrong results of average-pool, training") == true, "\(wrong.errors)")
        let json = try wrong.json()
        #expect(json["passed"] as? Bool == false)
        let devices = try #require(json["devices"] as? [[String: Any]])
        #expect(devices.map { $0["passed"] as? Bool } == [true, false])
        for device in devices {
            let found = try #require(device["operations"] as? [[String: Any]])
            #expect(found.map { $0["operation"] as? String } == operations)
            #expect(found.allSatisfy { ($0["failure"] is NSNull) == (device["passed"] as? Bool) })
        }

        let failures = try folder.text("report.txt").split(separator: "\n").filter { $0.hasPrefix("    failed: ") }
        try #require(failures.count == 2, "\(failures)")
        #expect(
            failures[0].contains(/failed: average-pool, global: .*, output: number 0 is .* instead of .* times the tol/)
        )
        #expect(
            failures[1].contains(/failed: 20 steps of tiny, the losses: number 0 is .* instead of .* times the tol/))
    }

    /// A kernel that ends the process fails its device, and no other.
    @Test(.enabled(if: FaultyDriver.isThere && FaultyDriver.hasPoCL, "needs clang and PoCL"))
    func aKernelThatCrashes() throws {
        let result = try test(["optimizer"], with: "crash")
        #expect(result.exitCode == 1)
        #expect(result.complaints.count == 1)
        #expect(result.complaints.first?.contains("the self-test failed on opencl 0: ") == true, "\(result.errors)")
        #expect(result.complaints.first?.contains("by signal 6") == true, "\(result.errors)")
        #expect(result.output.contains("\n    passed in "))
    }
}
