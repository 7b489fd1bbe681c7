import ArgumentParser
import JSON
import Platform

/// The option for the format of the result.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON on standard output, for scripts.")
    var json = false

    /// Prints a result as JSON or as text.
    func write(_ result: some Encodable, text: String) throws {
        try StandardOutput.write(json ? JSON.encode(result) : text)
    }
}
