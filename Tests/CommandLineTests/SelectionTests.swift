import Foundation
import TestSupport
import Testing

/// The choice of a backend with drivers that are missing or broken.
@Suite(.timeLimit(.minutes(5))) struct SelectionTests {
    private let folder: TemporaryFolder
    private let train: [String]

    init() throws {
        folder = try .withSyntheticData()
        train = ["train", "--learning-rate", "0.1", "--epochs", "1", "--data", folder.path]
    }

    /// An environment in which the loader finds only the drivers of one folder.
    private func drivers(_ files: [String: String]) throws -> [String: String] {
        let vendors = folder.url.appendingPathComponent("vendors")
        try FileManager.default.createDirectory(at: vendors, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: vendors.appendingPathComponent(name)) }
        return ["OCL_ICD_VENDORS": vendors.path, "OPENCL_VENDOR_PATH": vendors.path, "OCL_ICD_FILENAMES": ""]
    }

    @Test(arguments: [[:], ["broken.icd": "/nowhere/libbroken.so\n"], ["empty.icd": ""]])
    func withoutAWorkingDriver(files: [String: String]) throws {
        let environment = try drivers(files)
        let automatic = try Program.run(train, environment: environment)
        #expect(automatic.exitCode == 0, "\(automatic.errors)")
        #expect(automatic.errors.contains("Backend cpu"))

        let forced = try Program.run(train + ["--cpu"], environment: environment)
        #expect(forced.exitCode == 0, "\(forced.errors)")

        let explicit = try Program.run(train + ["--backend", "opencl"], environment: environment)
        #expect(explicit.exitCode != 0)
        #expect(explicit.complaints.count == 1, "\(explicit.errors)")
        #expect(explicit.complaints.first?.contains("no OpenCL device") == true, "\(explicit.errors)")

        let listed = try Program.run(["devices", "--json"], environment: environment)
        #expect(listed.exitCode == 0)
        #expect(listed.output.contains(#""cpu""#))
    }

    /// `--cpu` works even where the very first OpenCL call would end the process.
    @Test func theCPUMakesNoOpenCLCall() throws {
        let result = try Program.run(train + ["--cpu"], environment: ["OCL_ICD_VENDORS": "/dev/full"])
        #expect(result.exitCode == 0, "\(result.errors)")
    }

    @Test func aDeviceThatIsNotThereIsAnErrorThatListsWhatThereIs() throws {
        let result = try Program.run(train + ["--device", "no such device"])
        #expect(result.exitCode != 0)
        #expect(result.complaints.count == 1, "\(result.errors)")
    }
}
