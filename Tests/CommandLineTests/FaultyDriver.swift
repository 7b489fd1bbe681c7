import Foundation
import TestSupport

/// The drivers of a child process: one with a fault, compiled from `FaultyDriver/driver.c`, and PoCL if it is installed.
struct FaultyDriver {
    /// A compiler in the search path; nil if there is none.
    static let compiler = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/clang" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    static let pocl = "/etc/OpenCL/vendors/pocl.icd"

    /// Whether a driver can be compiled; a failure in CI.
    static let isThere = compiler != nil || ProcessInfo.processInfo.environment["CI"] == "true"
    static let hasPoCL = FileManager.default.fileExists(atPath: pocl)

    private let folder: TemporaryFolder
    private var log: String { folder.path("log") }
    private var vendors: String { folder.path("vendors") }

    /// - Parameter besidePoCL: whether PoCL is installed beside the driver.
    init(in folder: TemporaryFolder, besidePoCL: Bool = false) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: vendors, withIntermediateDirectories: true)
        let library = try Self.compile("driver", in: folder)
        try folder.write(library + "\n", to: "vendors/faulty.icd")
        if besidePoCL {
            try FileManager.default.copyItem(atPath: Self.pocl, toPath: folder.path("vendors/pocl.icd"))
        }
    }

    /// Compiles a source of the folder `FaultyDriver`, and returns the path of the library.
    static func compile(_ name: String, in folder: TemporaryFolder) throws -> String {
        let library = folder.path("lib\(name).so")
        guard let source = Bundle.module.path(forResource: name, ofType: "c", inDirectory: "FaultyDriver"),
            let compiler
        else { throw CocoaError(.fileNoSuchFile) }
        let process = try Process.run(
            URL(fileURLWithPath: compiler),
            arguments: ["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", source, "-o", library])
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return library
    }

    /// An environment in which the loader finds these drivers only.
    ///
    /// - Parameters:
    ///   - fault: what fails, as `driver.c` lists it.
    ///   - platform: the name of the driver's platform.
    func environment(_ fault: String, platform: String = "Faulty Platform") -> [String: String] {
        [
            "OCL_ICD_VENDORS": vendors, "OPENCL_VENDOR_PATH": vendors, "OCL_ICD_FILENAMES": "",
            "FAULTY_DRIVER": fault, "FAULTY_DRIVER_PLATFORM": platform, "FAULTY_DRIVER_LOG": log,
        ]
    }

    /// How often the device was asked for its type; the loader asks no device.
    var deviceQuestions: Int {
        get throws {
            try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").count { $0 == "device" }
        }
    }
}
