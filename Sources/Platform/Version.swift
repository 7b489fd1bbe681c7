/// The version of the program.
package enum Version {
    /// As `--version` prints it and studies record it.
    package static let current = "0.9.0"
}
