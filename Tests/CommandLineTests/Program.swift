import Foundation
import TestSupport

/// The built program, run as a child process.
struct Program {
    /// The path of the program, in the same folder as the tests.
    static var url: URL {
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "resnet-bo")
    }

    /// Whether the program lists an OpenCL device that can be used.
    static var hasOpenCL: Bool {
        let devices = try? JSONSerialization.jsonObject(with: Data(run(["devices", "--json"]).output.utf8))
        return (devices as? [[String: Any]] ?? []).contains {
            $0["backend"] as? String == "opencl" && $0["unusable"] is NSNull
        }
    }

    /// Runs the program to its end, with variables added to those of the tests and a file for standard input.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil
    ) throws -> Command.Result {
        try Command(url).run(arguments, environment: environment, input: input)
    }

    /// Runs a script of bash, in which `$P` is the program, to its end.
    static func run(script: String, environment: [String: String] = [:]) throws -> Command.Result {
        try Command(URL(filePath: "/bin/bash")).run(
            ["-c", script], environment: environment.merging(["P": url.path]) { $1 })
    }
}

extension Command.Result {
    /// The error messages: the lines on standard error that begin with the program's name.
    var complaints: [Substring] { errors.split(separator: "\n").filter { $0.hasPrefix("resnet-bo: ") } }

    /// Standard output as JSON.
    func json() throws -> [String: Any] { try jsonDictionary(output) }
}

extension TemporaryFolder {
    /// A folder with the data set of ``writeSyntheticData(training:test:to:)``.
    static func withSyntheticData() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try writeSyntheticData(to: folder)
        return folder
    }
}

/// The arguments of a short study of the data set in a folder, on one thread of the CPU backend.
func shortStudy(of folder: TemporaryFolder) -> [String] {
    [
        "optimize", "--data", folder.path, "--cpu", "--threads", "1", "--epochs", "2", "--folds", "2", "--batch-size",
        "16",
        "--stop", "never", "--json",
    ]
}

/// A small data set in the format of Fashion-MNIST, which a network can learn: a bright bar shows the class.
func writeSyntheticData(training: Int = 120, test: Int = 40, to folder: TemporaryFolder) throws {
    for (prefix, count) in [("train", training), ("t10k", test)] {
        let labels = (0..<count).map { UInt8($0 % 10) }
        let pixels = labels.enumerated().flatMap { sample, label in
            (0..<784).map { pixel -> UInt8 in
                let noise = UInt8((sample * 7919 + pixel * 104_729) % 61)
                return (pixel / 28 - 4) / 2 == Int(label) && pixel >= 112 ? 180 + noise : noise
            }
        }
        try folder.write(idxFile([count, 28, 28], pixels), to: "\(prefix)-images-idx3-ubyte")
        try folder.write(idxFile([count], labels), to: "\(prefix)-labels-idx1-ubyte")
    }
}
