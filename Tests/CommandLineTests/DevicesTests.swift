import Foundation
import TestSupport
import Testing

/// `optimize --devices` on the processor, which PoCL offers as two devices.
@Suite(.timeLimit(.minutes(10))) struct DevicesTests {
    /// PoCL alone, with two devices.
    private static let environment = ["OCL_ICD_VENDORS": "pocl.icd", "POCL_DEVICES": "pthread pthread"]

    private static var areThere: Bool {
        let devices = try? jsonArray(Program.run(["devices", "--json"], environment: environment).output)
        return devices?.count { $0["backend"] as? String == "opencl" && $0["unusable"] is NSNull } == 2
    }

    private static func jsonArray(_ text: String) throws -> [[String: Any]] {
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] ?? []
    }

    private let folder: TemporaryFolder
    private let flags: [String]

    init() throws {
        folder = try .withSyntheticData()
        flags = [
            "optimize", "--data", folder.path, "--epochs", "3", "--folds", "2", "--batch-size", "16", "--stop", "never",
            "--search", "momentum=0.0..0.9", "--json",
        ]
    }

    /// The evaluations of a study; the messages are those of its last run.
    private func study(_ name: String, _ arguments: [String]...) throws -> (evaluations: NSArray?, errors: String) {
        var last: Command.Result?
        for arguments in arguments {
            let result = try Program.run(
                flags + ["--output", folder.path(name)] + arguments, environment: Self.environment)
            #expect(result.exitCode == 0, "\(result.errors)")
            last = result
        }
        let result = try #require(last)
        return (try result.json()["evaluations"] as? NSArray, result.errors)
    }

    @Test(
        "The study is that of one device with batches of the same size, also resumed and with checkpoints",
        .enabled(if: areThere, "PoCL with two devices"))
    func sameStudy() throws {
        let one = try study("one", ["--device", "0", "--parallel", "2", "--evaluations", "5"])
        let two = try study("two", ["--devices", "0,1", "--evaluations", "5"])
        #expect(two.errors.split(separator: "\n").count { $0.hasPrefix("Backend opencl on ") } == 2)
        #expect(two.errors.contains("Memory of device 1: "))
        #expect(one.evaluations?.count == 5 && two.evaluations == one.evaluations)
        let resumed = try study(
            "resumed", ["--devices", "0,1", "--evaluations", "3", "--checkpoints"],
            ["--devices", "1,0", "--evaluations", "5", "--checkpoints", "--resume"])
        #expect(resumed.evaluations == one.evaluations)
        let alone = try study(
            "alone", ["--devices", "0,1", "--evaluations", "4"],
            ["--parallel", "2", "--evaluations", "5", "--resume"])
        #expect(alone.evaluations == one.evaluations)
        #expect(alone.errors.split(separator: "\n").count { $0.hasPrefix("Backend opencl on ") } == 1)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("resumed")).filter {
                $0.hasPrefix("checkpoint") || $0.hasPrefix(".")
            } == [])
    }

    @Test(
        "Devices can have stacks", .enabled(if: areThere, "PoCL with two devices"))
    func stacks() throws {
        let one = try study("one", ["--device", "0", "--parallel", "3", "--evaluations", "4"])
        let two = try study("two", ["--devices", "0,1", "--parallel", "3", "--evaluations", "4"])
        #expect(one.evaluations?.count == 4 && two.evaluations == one.evaluations)
    }

    @Test(
        "Devices that are not two are refused",
        .enabled(if: areThere, "PoCL with two devices"),
        arguments: [
            ("0,0", "'0' and '0' are the same device"), ("0,7", "there is no device 7"),
            ("0,none", "'none' is part of no"),
        ])
    func badDevices(devices: String, message: String) throws {
        let result = try Program.run(
            flags + ["--devices", devices, "--output", folder.path("refused")], environment: Self.environment)
        #expect(result.exitCode == 1)
        #expect(result.complaints.count == 1 && result.errors.contains(message), "\(result.errors)")
    }
}
