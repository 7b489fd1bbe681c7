import ArgumentParser

/// For whom the result is.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the result as JSON on standard output, for scripts.")
    var json = false
}
