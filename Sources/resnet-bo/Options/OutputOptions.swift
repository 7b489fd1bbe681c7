import ArgumentParser
import JSON
import Platform

/// For whom the result is.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON on standard output, for scripts.")
    var json = false

    /// Prints a result: its members, or its text for a person.
    func write(_ result: some Encodable, text: String) throws {
        try StandardOutput.write(json ? JSON.encode(result) : text)
    }
}
