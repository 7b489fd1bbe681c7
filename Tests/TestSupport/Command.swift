package import Foundation

/// A program that a test runs as a child process.
package struct Command: Sendable {
    /// What a program has left.
    package struct Result: Sendable {
        package var exitCode: Int32
        package var output: String
        package var errors: String
    }

    /// The file of the program.
    package let program: URL

    package init(_ program: URL) {
        self.program = program
    }

    /// A program of the search path; nil where there is none.
    package init?(named name: String) {
        let folders = ProcessInfo.processInfo.environment["PATH", default: ""].split(separator: ":")
        let files = folders.map { "\($0)/\(name)" }
        guard let file = files.first(where: FileManager.default.isExecutableFile) else { return nil }
        program = URL(filePath: file)
    }

    /// Whether tests that need some programs run: where the programs are, and in CI, which must have them.
    package static func areThere(_ names: String...) -> Bool {
        ProcessInfo.processInfo.environment["CI"] == "true" || names.allSatisfy { Command(named: $0) != nil }
    }

    /// Runs the program to its end.
    ///
    /// - Parameters:
    ///   - environment: variables that are added to those of the tests.
    ///   - input: a file for standard input, which is empty otherwise.
    ///   - folder: the working folder; that of the tests otherwise.
    package func run(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil, in folder: URL? = nil
    ) throws -> Result {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let folder { process.currentDirectoryURL = folder }
        // The output goes into files, because a full pipe would block the program.
        let files = try TemporaryFolder()
        let output = URL(filePath: try files.write("", to: "output"))
        let errors = URL(filePath: try files.write("", to: "errors"))
        process.standardInput = try input.map { try FileHandle(forReadingFrom: URL(filePath: $0)) } ?? .nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return Result(
            exitCode: process.terminationStatus, output: try files.text("output"), errors: try files.text("errors"))
    }
}
