import TestSupport
import Testing

@Suite("The manifest", .enabled(if: Command.areThere("swift"), "swift must be in PATH"), .timeLimit(.minutes(10)))
struct ManifestTests {
    /// Every dependency of a module on another one is allowed by the table in `Modules.md`, and the table has exactly the
    /// modules of the manifest.
    @Test func dependenciesAreAllowed() throws {
        let modules = try Manifest.dump().modules
        let names = Set(modules.map(\.name))
        let table = try ModuleTable()
        #expect(names.count > 10)
        for name in names.subtracting(table.allowed.keys).sorted() { Issue.record("\(name) has no row in Modules.md") }
        for name in Set(table.allowed.keys).subtracting(names).sorted() {
            Issue.record("\(name) of Modules.md is no module")
        }
        for module in modules {
            for dependency in module.dependencies where names.contains(dependency) {
                #expect(
                    table.allowed[module.name]?.contains(dependency) != false,
                    "\(module.name) must not depend on \(dependency)")
            }
        }
    }
}
