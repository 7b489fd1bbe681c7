/// The version of the program.
package enum Version {
    /// The version, which `--version` prints and studies record.
    package static let current = "0.9.0"
}
