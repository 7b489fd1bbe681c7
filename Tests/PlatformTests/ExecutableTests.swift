import Foundation
import Platform
import Testing

/// The path of the running program is that of a file that can be run.
@Test func theExecutableIsAFile() {
    #expect(Executable.path.hasPrefix("/"))
    #expect(FileManager.default.isExecutableFile(atPath: Executable.path))
    #expect(Executable.path == Bundle.main.executablePath)
}
