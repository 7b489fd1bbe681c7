import Foundation
import TestSupport
import Testing

@Suite("The library product")
struct ExamplePackageTests {
    /// A package that depends on a tagged version of this one, through its URL, builds and runs.
    ///
    /// It fetches no other package, and builds only the modules of the library: some versions of SwiftPM refuse a dependency
    /// with unsafe flags, which the CPU backend has.
    @Test(.enabled(if: Command.areThere("git", "swift"), "git and swift must be in PATH"), .timeLimit(.minutes(15)))
    func dependant() throws {
        let files = FileManager.default
        let temporary = try TemporaryFolder()
        defer { withExtendedLifetime(temporary) {} }
        let folder = temporary.url
        let root = Repository.root

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
        try files.copyItem(at: Repository.file("Tests/ExamplePackageTests/Example"), to: example)
        let manifest = example.appending(path: "Package.swift")
        let text = try String(contentsOf: manifest, encoding: .utf8)
        #expect(text.contains("file:///path/to/resnet-bo"))
        try text.replacing("file:///path/to/resnet-bo", with: "file://\(repository.path)")
            .write(to: manifest, atomically: true, encoding: .utf8)

        // The cache in the user's folder would keep this repository.
        let output = try run(["swift", "run", "--disable-dependency-cache", "Example"], in: example)
        let lines = output.split(separator: "\n")
        #expect(lines.first?.contains("the parameter rate is 2.0, and must be between 0.0001 and 1") == true)
        let answer = try jsonDictionary(lines.last ?? "")
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

    /// Runs a command of the search path to its end and returns its standard output.
    @discardableResult
    private func run(_ command: [String], in folder: URL) throws -> String {
        let result = try Command(URL(filePath: "/usr/bin/env")).run(command, in: folder)
        try #require(result.exitCode == 0, "\(command.joined(separator: " ")):\n\(result.output)\(result.errors)")
        return result.output
    }
}
