package import Foundation

/// The folder of the package.
package enum Repository {
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A file or folder of the package.
    package static func file(_ path: String) -> URL { root.appending(path: path) }
}
