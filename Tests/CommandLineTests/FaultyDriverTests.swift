import Foundation
import TestSupport
import Testing

/// Drivers and devices that fail where they are asked about themselves.
@Suite(.enabled(if: FaultyDriver.isThere, "there is no clang"), .timeLimit(.minutes(5)))
struct FaultyDriverTests {
    private let folder: TemporaryFolder
    private let train: [String]

    init() throws {
        folder = try .withSyntheticData()
        train = ["train", "--learning-rate", "0.1", "--epochs", "1", "--data", folder.url.path]
    }

    /// What fails, as `driver.c` lists it, and the reason that is printed.
    private static let faults = [
        ("clock", "not usable: reading property 0x100C failed on Faulty GPU: CL_INVALID_VALUE"),
        ("name", "not usable: reading property 0x102B failed on a device of Faulty Platform: CL_INVALID_DEVICE"),
        ("device-list", "not usable: listing the devices failed on Faulty Platform: CL_OUT_OF_RESOURCES"),
        ("platform", "not usable: reading property 0x902 failed on a platform: CL_OUT_OF_HOST_MEMORY"),
        ("no-device", "not usable: the platform Faulty Platform has no device; it may lack access to a GPU"),
        ("old", "not usable: Faulty GPU does not suffice: it has OpenCL 1.1, and the kernels need OpenCL 1.2"),
        ("old-platform", "not usable: Faulty GPU does not suffice: it has OpenCL 1.0, and the kernels need OpenCL 1.2"),
    ]
    /// The faults that are failures, and no lack of something.
    private static let failures = ["clock", "name", "device-list", "platform"]

    /// What fails is listed with its reason, and no run falls back to the CPU without a word.
    @Test(arguments: faults)
    func aFaultIsListedWithItsReason(fault: String, reason: String) throws {
        let environment = try FaultyDriver(in: folder).environment(fault)
        let listed = try Program.run(["devices"], environment: environment)
        #expect(listed.exitCode == 0, "\(listed.errors)")
        #expect(listed.output.hasPrefix("* cpu\n"))
        #expect(listed.output.contains(reason), "\(listed.output)")

        let entries = try devices(environment)
        #expect(entries.count == 1)
        #expect((entries.first?["unusable"] as? String).map { "not usable: \($0)".hasPrefix(reason) } == true)
        #expect(entries.first?["auto"] as? Bool == false)

        let explicit = try Program.run(train + ["--backend", "opencl"], environment: environment)
        #expect(explicit.exitCode == 1)
        #expect(explicit.complaints.count == 1)
        let complaint = try #require(explicit.complaints.first)
        #expect(complaint.contains(reason.dropFirst("not usable: ".count)), "\(complaint)")
        #expect(!complaint.contains("is a driver installed?"))

        let automatic = try Program.run(train, environment: environment)
        #expect(automatic.exitCode == 0, "\(automatic.errors)")
        #expect(automatic.errors.contains("Backend cpu"))
        // A driver without a device is usual, and no failure; nor is an old device.
        #expect(
            automatic.errors.contains("setting up the GPU failed") == Self.failures.contains(fault),
            "\(automatic.errors)")
    }

    /// A faulty driver hides no device of another one.
    @Test(.enabled(if: FaultyDriver.hasPoCL, "PoCL is not installed"), arguments: faults)
    func otherDriversStay(fault: String, reason: String) throws {
        let environment = try FaultyDriver(in: folder, besidePoCL: true).environment(fault)
        let listed = try Program.run(["devices"], environment: environment)
        #expect(listed.exitCode == 0)
        #expect(listed.output.contains(reason), "\(listed.output)")
        let entries = try devices(environment)
        #expect(entries.count == 2)
        let usable = try #require(entries.first { $0["index"] is Int && $0["unusable"] is NSNull })
        let index = try #require(usable["index"] as? Int)

        for choice in [
            ["--backend", "opencl"], ["--device", "\(index)"], ["--device", try #require(usable["name"] as? String)],
        ] {
            let result = try Program.run(
                ["kernels", "--stack", "1", "--batch-size", "2"] + choice, environment: environment)
            #expect(result.exitCode == 0, "\(choice): \(result.errors)")
            #expect(result.errors.contains("Backend opencl"))
        }
    }

    /// A device that can't be used keeps its index, and whoever names it is told the reason.
    @Test(arguments: ["0", "faulty gpu"])
    func aFaultyDeviceThatIsNamed(name: String) throws {
        let environment = try FaultyDriver(in: folder).environment("clock")
        let result = try Program.run(train + ["--device", name], environment: environment)
        #expect(result.exitCode == 1)
        #expect(
            result.complaints.first?.contains("reading property 0x100C failed on Faulty GPU") == true,
            "\(result.errors)")
    }

    /// A device that builds no kernel is listed and taken by `auto`, which goes on with the CPU.
    @Test func aDeviceThatBuildsNothing() throws {
        let driver = try FaultyDriver(in: folder)
        let environment = driver.environment("build").merging(["RESNET_BO_CACHE": "off"]) { $1 }
        let verbose = try Program.run(["devices", "--verbose"], environment: environment)
        #expect(verbose.exitCode == 0)
        #expect(
            verbose.output.contains("* opencl 0: Faulty GPU\n    gpu, tests, Faulty Platform OpenCL 1.2, driver 1\n"))
        #expect(verbose.output.contains("    kernels: does not work: "))
        #expect(verbose.output.contains("error: this compiler builds nothing"))
        let builds = try Program.run(["devices", "--build-log"], environment: environment)
        #expect(builds.exitCode == 0)
        #expect(builds.output.contains("    not built: "))
        #expect(builds.output.contains("error: this compiler builds nothing"))
        // Details are of the device that was listed.
        #expect(try driver.deviceQuestions == 2)

        let automatic = try Program.run(train, environment: environment)
        #expect(automatic.exitCode == 0, "\(automatic.errors)")
        #expect(automatic.errors.contains("using the CPU, because setting up the GPU failed: "))
        #expect(automatic.errors.contains("error: this compiler builds nothing"))
        #expect(automatic.errors.contains("Backend cpu"))

        let explicit = try Program.run(train + ["--backend", "opencl"], environment: environment)
        #expect(explicit.exitCode == 1)
        #expect(explicit.complaints.first?.contains("error: this compiler builds nothing") == true)
    }

    private static let script = "/usr/bin/script"

    /// A build is a line at a terminal, which the next one replaces; elsewhere it is none.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: script), "script is not installed"))
    func aBuildIsALineAtATerminal() throws {
        let environment = try FaultyDriver(in: folder).environment("build")
            .merging(["RESNET_BO_CACHE": "off", "TERM": "xterm"]) { $1 }
        let line = "\rBuilding kernels for Faulty GPU: program 1\u{1B}[K\r\u{1B}[K"
        let terminal = try Program.run(
            script: "\(Self.script) -qec '$P devices --verbose' /dev/null", environment: environment)
        #expect(terminal.output.contains(line), "\(terminal.output)")
        let pipe = try Program.run(["devices", "--verbose"], environment: environment)
        #expect(!pipe.errors.contains("Building"))
    }

    /// GPUs are measured where that decides; those whose measurement fails are left out, with a note.
    @Test(arguments: [("integrated", 1), ("two", 2)])
    func gpusThatCannotBeMeasured(kind: String, count: Int) throws {
        let environment = try FaultyDriver(in: folder).environment(kind).merging(["RESNET_BO_CACHE": "off"]) { $1 }
        let listed = try Program.run(["devices"], environment: environment)
        #expect(listed.exitCode == 0)
        #expect(listed.output.hasPrefix("* cpu\n"), "\(listed.output)")
        #expect(listed.output.contains("    auto takes it: there is no GPU that can be used\n"))
        #expect(listed.output.components(separatedBy: "    not measured: ").count == 1 + count, "\(listed.output)")
        #expect(listed.errors.components(separatedBy: "Measuring opencl ").count == 1 + count, "\(listed.errors)")
        for entry in try devices(environment) {
            #expect((entry["measurement_failure"] as? String)?.contains("this compiler builds nothing") == true)
            #expect(entry["has_own_memory"] as? Bool == (kind == "two"))
        }

        let automatic = try Program.run(train, environment: environment)
        #expect(automatic.exitCode == 0, "\(automatic.errors)")
        #expect(automatic.errors.contains("using the CPU, because setting up the GPU failed: "))
        #expect(automatic.errors.contains("Backend cpu"))
    }

    /// The platforms whose usual reason is known are told apart by their names.
    @Test(
        arguments: [
            ("Portable Computing Language", "needs a folder that can be written: POCL_CACHE_DIR or XDG_CACHE_HOME"),
            ("rusticl", "RUSTICL_ENABLE"),
        ])
    func aPlatformWithoutADevice(platform: String, lack: String) throws {
        let environment = try FaultyDriver(in: folder).environment("no-device", platform: platform)
        let listed = try Program.run(["devices"], environment: environment)
        #expect(
            listed.output.contains("opencl: \(platform)\n    not usable: the platform \(platform) has no device; it "))
        #expect(listed.output.contains(lack))
    }

    /// PoCL reports no device if it can make no folder for its cache.
    @Test(.enabled(if: FaultyDriver.hasPoCL, "PoCL is not installed"))
    func poclWithoutACacheFolder() throws {
        let environment = [
            "OCL_ICD_VENDORS": "/etc/OpenCL/vendors/pocl.icd", "HOME": "/proc/none", "XDG_CACHE_HOME": "/proc/none",
            "POCL_CACHE_DIR": "/proc/none",
        ]
        let result = try Program.run(train + ["--backend", "opencl"], environment: environment)
        #expect(result.exitCode == 1)
        #expect(
            result.complaints.first?.contains(
                "the platform Portable Computing Language has no device; it needs a folder that can be written: POCL_CACHE_DIR"
            )
                == true, "\(result.errors)")
    }

    /// What the program lists of the OpenCL backend.
    private func devices(_ environment: [String: String]) throws -> [[String: Any]] {
        let result = try Program.run(["devices", "--json"], environment: environment)
        #expect(result.exitCode == 0, "\(result.errors)")
        let all = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        #expect(all.first?["unusable"] is NSNull)
        return all.filter { $0["backend"] as? String == "opencl" }
    }
}
