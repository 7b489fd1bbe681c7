import ArgumentParser
import Platform

/// The program: finds the best learning rate of a small ResNet by Bayesian optimisation.
@main
struct ResNetBO: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resnet-bo",
        abstract: "Finds the best learning rate of a small ResNet by Bayesian optimisation.",
        version: Version.current,
        subcommands: [
            Optimize.self, StudyReport.self, CrossValidate.self, Train.self, Evaluate.self, Predict.self, Export.self,
            ShowNetwork.self, Suggest.self, Devices.self,
            Benchmark.self, Tune.self, SelfTest.self, DataReport.self, KernelList.self,
        ])

    /// Runs a command; every failure is one line on standard error and an exit code other than 0.
    static func main() {
        StandardStreams.prepare()
        Interruption.install()
        do {
            try requireUTF8()
            var command = try parseAsRoot()
            try command.run()
        } catch {
            // Requests for help and the version are errors too.
            let code = exitCode(for: error)
            guard code == .success else { fail(message(for: error), code: code.rawValue) }
            do throws(FileError) { try StandardOutput.write(fullMessage(for: error)) } catch { fail("\(error)") }
        }
    }

    /// Throws for arguments and names of folders that are not UTF-8: Swift would repair them, and then use another
    /// file.
    private static func requireUTF8() throws {
        let arguments = (0..<Int(CommandLine.argc)).map { ("argument \($0)", CommandLine.unsafeArgv[$0]) }
        let variables = ["HOME", "TMPDIR", "XDG_CACHE_HOME", "RESNET_BO_CACHE"].map { (name: String) in
            (name, getenv(name))
        }
        for (name, text) in arguments + variables {
            guard let text, String(validatingCString: text) == nil else { continue }
            throw ValidationError("\(name) ('\(String(cString: text))') is not valid UTF-8")
        }
    }
}

/// Ends the program with one line on standard error.
private func fail(_ message: String, code: Int32 = 1) -> Never {
    // File names may contain control characters.
    let isControl = { (character: Character) in
        character.isNewline || character.asciiValue.map { $0 < 0x20 } == true
    }
    StandardError.write("resnet-bo: \(message.split(whereSeparator: isControl).joined(separator: " "))")
    exit(code)
}
