import Foundation
import TestSupport
import Testing

/// The manifest of this package as SwiftPM reads it.
struct Manifest: Decodable {
    /// A target, with the names of the targets and products that it depends on.
    struct Target: Decodable {
        var name: String
        var type: String
        var dependencies: [String]

        private enum Key: String, CodingKey { case name, type, dependencies }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            name = try container.decode(String.self, forKey: .name)
            type = try container.decode(String.self, forKey: .type)
            // `{"byName": ["Backend", null]}`, or `target` or `product` in place of `byName`; the first element is the name.
            dependencies = try container.decode([[String: Dependency]].self, forKey: .dependencies)
                .flatMap { $0.values.map(\.name) }
        }
    }

    private struct Dependency: Decodable {
        var name: String

        init(from decoder: any Decoder) throws {
            var elements = try decoder.unkeyedContainer()
            name = try elements.decode(String.self)
        }
    }

    private var targets: [Target]

    /// The targets that are no tests.
    var modules: [Target] { targets.filter { $0.type != "test" } }

    /// Runs SwiftPM, with build and cache folders of its own: those of the package are locked while it runs the tests.
    static func dump() throws -> Manifest {
        let folder = try TemporaryFolder()
        let result = try #require(Command(named: "swift")).run([
            "package", "--package-path", Repository.root.path, "--scratch-path", folder.path("build"),
            "--cache-path", folder.path("cache"), "dump-package",
        ])
        try #require(result.exitCode == 0, "\(result.errors)")
        return try JSONDecoder().decode(Manifest.self, from: Data(result.output.utf8))
    }
}
