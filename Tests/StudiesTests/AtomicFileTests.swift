import Foundation
import Studies
import Testing

struct AtomicFileTests {
    @Test("New contents replace the old ones, and nothing else is left")
    func replace() throws {
        let folder = try TemporaryFolder()
        let file = AtomicFile(path: folder.path("results.json"))
        try file.write("a long first version")
        try file.checkWritable()
        #expect(try folder.text("results.json") == "a long first version")
        try file.write("second")
        #expect(try folder.text("results.json") == "second")
        #expect(try folder.files() == ["results.json"])
    }

    @Test("A path without a folder is one of the working directory")
    func bareName() throws {
        let name = "AtomicFileTests-\(UUID().uuidString)"
        try AtomicFile(path: name).write("x")
        defer { unlink(name) }
        #expect(try String(contentsOfFile: name, encoding: .utf8) == "x")
    }

    @Test("A folder that is not there is reported before any work, and when writing")
    func missingFolder() throws {
        let folder = try TemporaryFolder()
        let file = AtomicFile(path: folder.path("none/results.json"))
        let expected = StorageError(path: file.path, code: ENOENT)
        #expect(throws: expected) { try file.checkWritable() }
        #expect(throws: expected) { try file.write("x") }
        #expect(expected.description.contains("create its folder"))
    }

    @Test("A folder of the file's name is reported before any work, and not replaced")
    func folderInTheWay() throws {
        let folder = try TemporaryFolder()
        let file = AtomicFile(path: folder.path)
        #expect(throws: StorageError(path: folder.path, code: EISDIR)) { try file.checkWritable() }
        #expect(throws: StorageError.self) { try file.write("x") }
        #expect(try folder.files() == [])
    }

    /// A limit on the size of files fails a write half-way, as a full disk does; it holds for a process, hence a child.
    @Test("A write that fails half-way leaves the old contents")
    func fullDisk() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let file = AtomicFile(path: folder.path("results.json"))
            try file.write("old")
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            #expect(throws: StorageError(path: file.path, code: EFBIG)) {
                try file.write(String(repeating: "x", count: 2000))
            }
            #expect(try folder.text("results.json") == "old")
            #expect(try folder.files() == ["results.json"])
        }
    }
}
