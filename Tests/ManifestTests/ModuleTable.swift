import Foundation
import TestSupport
import Testing

/// The table of the modules in `Modules.md`: what each may import.
struct ModuleTable {
    /// The modules of this package that a module may import, by its name.
    private(set) var allowed: [String: Set<String>] = [:]

    /// Reads the rows: modules, what they hold, what they may import.
    ///
    /// Names are between backticks; `all` stands for all modules, and `support` for those of the row that begins with this
    /// word.
    init() throws {
        let text = try String(
            contentsOf: Repository.file("Sources/resnet-bo/Documentation.docc/Modules.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2)
            .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        let support = Set(rows.filter { $0[0].hasPrefix("support") }.flatMap { Self.names($0[0]) })
        let all = Set(rows.flatMap { Self.names($0[0]) })
        for row in rows {
            try #require(row.count == 3, "the row of \(row[0])")
            var imports = Set(Self.names(row[2]))
            if row[2].hasPrefix("all") { imports = all }
            if row[2].contains(/\bsupport\b/) { imports.formUnion(support) }
            #expect(imports.isSubset(of: all), "the row of \(row[0]) allows what has no row")
            for name in Self.names(row[0]) {
                #expect(allowed[name] == nil, "\(name) has two rows")
                allowed[name] = imports.subtracting([name])
            }
        }
    }

    private static func names(_ cell: String) -> [String] { cell.matches(of: /`([^`]+)`/).map { String($0.1) } }
}
