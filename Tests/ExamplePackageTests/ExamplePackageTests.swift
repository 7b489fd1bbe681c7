import Foundation
import Testing

@Suite("The library product")
struct ExamplePackageTests {
    /// A package that depends on a tagged version of this one, through its URL, builds and runs.
    ///
    /// It fetches no other package, and builds only the modules of the library: some versions of SwiftPM refuse a dependency
    /// with unsafe flags, which the CPU backend has.
    @Test(.enabled(if: isWorthRunning, "git and swift must be in PATH"), .timeLimit(.minutes(15)))
    func dependant() throws {
        let files = FileManager.default
        // SwiftPM names this folder in its messages with symbolic links resolved.
        let folder = files.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "resnet-bo-\(UUID().uuidString)")
        defer { try? files.removeItem(at: folder) }
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let root = tests.deletingLastPathComponent().deletingLastPathComponent()

        // A repository of the files of the package as they are, committed or not.
        let repository = folder.appending(path: "resnet-bo")
        try files.createDirectory(at: repository, withIntermediateDirectories: true)
        let git = ["git", "-C", root.path, "--git-dir", repository.path + "/.git", "--work-tree", root.path]
        let person = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgSign=false"]
        try run(["git", "init", "--quiet", repository.path], in: folder)
        try run(git + ["add", "--all"], in: folder)
        try run(git + person + ["commit", "--quiet", "--no-verify", "--message", "A version"], in: folder)
        try run(git + ["update-ref", "refs/tags/1.0.0", "HEAD"], in: folder)

        let example = folder.appending(path: "Example")
        try files.copyItem(at: tests.appending(path: "Example"), to: example)
        let manifest = example.appending(path: "Package.swift")
        let text = try String(contentsOf: manifest, encoding: .utf8)
        #expect(text.contains("file:///path/to/resnet-bo"))
        try text.replacing("file:///path/to/resnet-bo", with: "file://\(repository.path)")
            .write(to: manifest, atomically: true, encoding: .utf8)

        // The cache in the user's folder would keep this repository.
        let output = try run(["swift", "run", "--disable-dependency-cache", "Example"], in: example)
        let lines = output.split(separator: "\n")
        #expect(lines.first?.contains("the parameter rate is 2.0, and must be between 0.0001 and 1.0") == true)
        let last = Data((lines.last ?? "").utf8)
        let answer = try #require(try JSONSerialization.jsonObject(with: last) as? [String: Any])
        #expect(Set(answer.keys) == ["parameters", "mean", "std"])
        let parameters = try #require(answer["parameters"] as? [String: Any])
        #expect(parameters["kind"] as? String == "residual" && parameters["depth"] as? Int == 5)
        let modules = try files.contentsOfDirectory(atPath: example.appending(path: ".build/debug/Modules").path)
        #expect(
            Set(modules.filter { $0.hasSuffix(".swiftmodule") }.map { $0.prefix { $0 != "." } })
                == ["BayesianOptimization", "Example", "GaussianProcess", "NumPyRandom", "Platform"])
        let resolved = try String(contentsOf: example.appending(path: "Package.resolved"), encoding: .utf8)
        #expect(resolved.contains("resnet-bo") && !resolved.contains("argument-parser"))
    }

    /// Runs a command to its end and returns its standard output.
    @discardableResult
    private func run(_ command: [String], in folder: URL) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = folder
        let output = Pipe()
        let log = folder.appending(path: ".log-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: log) }
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let errors = try String(contentsOf: log, encoding: .utf8)
        try #require(process.terminationStatus == 0, "\(command.joined(separator: " ")):\n\(text)\(errors)")
        return text
    }
}

/// Whether the tools are there; a build server must have them.
private let isWorthRunning: Bool = {
    let environment = ProcessInfo.processInfo.environment
    let folders = environment["PATH", default: ""].split(separator: ":")
    return environment["CI"] == "true"
        || ["git", "swift"].allSatisfy { tool in
            folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
        }
}()
