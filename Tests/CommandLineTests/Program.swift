import Foundation

/// The built program, run as a child process.
struct Program {
    /// The result of a run.
    struct Result {
        var exitCode: Int32
        var output: String
        var errors: String

        /// The error messages: the lines on standard error that begin with the program's name.
        var complaints: [Substring] { errors.split(separator: "\n").filter { $0.hasPrefix("resnet-bo: ") } }

        /// Standard output as JSON.
        func json() throws -> [String: Any] {
            let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
            guard let dictionary = object as? [String: Any] else { throw CocoaError(.coderInvalidValue) }
            return dictionary
        }
    }

    /// The path of the program, in the same folder as the tests.
    static var url: URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("resnet-bo")
    }

    /// Whether the program lists an OpenCL device that can be used.
    static var hasOpenCL: Bool {
        let devices = try? JSONSerialization.jsonObject(with: Data(run(["devices", "--json"]).output.utf8))
        return (devices as? [[String: Any]] ?? []).contains {
            $0["backend"] as? String == "opencl" && $0["unusable"] is NSNull
        }
    }

    /// Runs the program to its end.
    /// - Parameter environment: Variables that are added to those of the tests.
    /// - Parameter input: A file for standard input, which is empty otherwise.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil
    ) throws -> Result {
        try run(path, arguments, environment: environment, input: input)
    }

    /// Runs a script of bash, in which `$P` is the program, to its end.
    static func run(script: String, environment: [String: String] = [:]) throws -> Result {
        try run("/bin/bash", ["-c", script], environment: environment.merging(["P": path]) { $1 }, input: nil)
    }

    private static let path =
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("resnet-bo")
        .path

    private static func run(
        _ program: String, _ arguments: [String], environment: [String: String], input: String?
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // The output goes into files, because a full pipe would block the program.
        let folder = try TemporaryFolder()
        let output = folder.path("output")
        let errors = folder.path("errors")
        for file in [output, errors] { try Data().write(to: URL(fileURLWithPath: file)) }
        process.standardInput =
            try input.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: $0)) } ?? .nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        try process.run()
        process.waitUntilExit()
        return Result(
            exitCode: process.terminationStatus, output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8))
    }
}

/// A temporary folder, which is removed with this object.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("resnet-bo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Writes a text file and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: url.appendingPathComponent(name))
        return path(name)
    }
}

/// A small data set in the format of Fashion-MNIST, which a network can learn: a bright bar shows the class.
func writeSyntheticData(training: Int = 120, test: Int = 40, to folder: TemporaryFolder) throws {
    func header(_ magic: UInt32, _ sizes: [Int]) -> [UInt8] {
        ([magic] + sizes.map(UInt32.init)).flatMap { value in withUnsafeBytes(of: value.bigEndian, Array.init) }
    }
    for (prefix, count) in [("train", training), ("t10k", test)] {
        let labels = (0..<count).map { UInt8($0 % 10) }
        let pixels = labels.enumerated().flatMap { sample, label in
            (0..<784).map { pixel -> UInt8 in
                let noise = UInt8((sample * 7919 + pixel * 104_729) % 61)
                return (pixel / 28 - 4) / 2 == Int(label) && pixel >= 112 ? 180 + noise : noise
            }
        }
        try Data(header(0x803, [count, 28, 28]) + pixels).write(
            to: folder.url.appendingPathComponent("\(prefix)-images-idx3-ubyte"))
        try Data(header(0x801, [count]) + labels).write(
            to: folder.url.appendingPathComponent("\(prefix)-labels-idx1-ubyte"))
    }
}
