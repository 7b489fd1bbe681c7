import Foundation
import Platform
import TestSupport
import Testing

@Suite("Output files") struct OutputFileTests {
    @Test("New contents replace the old ones, and no other file remains")
    func replace() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = try OutputFile(folder.path("results.json"))
        #expect(try folder.files() == [])
        try file.write("a long first version")
        #expect(try folder.text("results.json") == "a long first version")
        _ = try OutputFile(folder.path("results.json"))
        #expect(try folder.text("results.json") == "a long first version")
        try file.write("second")
        #expect(try folder.text("results.json") == "second")
        #expect(try folder.files() == ["results.json"])
    }

    @Test("A path without a folder is in the working directory")
    func bareName() throws {
        let name = "OutputFileTests-\(UUID().uuidString)"
        try OutputFile(name).write("x")
        defer { unlink(name) }
        #expect(try String(contentsOfFile: name, encoding: .utf8) == "x")
    }

    /// The bytes of a name reach the system as they are.
    @Test(
        "Names", arguments: ["~", "a\nb", " ", "...", "é", "e\u{301}", "x//", String(repeating: "n", count: 255), "-"])
    func names(name: String) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let bare = name.replacing("/", with: "")
        if name.hasSuffix("/") {
            #expect(throws: FileError(folder.path(name), doing: "written", reason: words(EISDIR))) {
                try OutputFile(folder.path(name))
            }
        } else {
            try OutputFile(folder.path(name)).write("x")
            #expect(try folder.files().map { Array($0.utf8) } == [Array(bare.utf8)])
        }
    }

    @Test("The system resolves the folders in a path")
    func dots() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        // `link` leads to another folder, so `link/..` is not this folder.
        try Folder.make(folder.path("other/place"))
        #expect(symlink("other/place", folder.path("link")) == 0)
        try OutputFile(folder.path("link/..//./file")).write("x")
        #expect(try folder.text("other/file") == "x")
    }

    @Test(
        "A file that can't be written is an error before the work, with the message of the system",
        arguments: [
            ("none/results.json", "\(words(ENOENT)); create its folder"), ("", words(EISDIR)), (".", words(EISDIR)),
            ("..", words(EISDIR)), ("folder", words(EISDIR)), ("new/", words(EISDIR)),
            ("folder/", words(EISDIR)), ("file/x", words(ENOTDIR)), ("loop", words(ELOOP)),
            (String(repeating: "n", count: 256), words(ENAMETOOLONG)), ("toFolder", words(EISDIR)),
        ])
    func refused(name: String, reason: String) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try folder.write("x", to: "file")
        try Folder.make(folder.path("folder"))
        #expect(symlink("loop", folder.path("loop")) == 0)
        #expect(symlink("folder", folder.path("toFolder")) == 0)
        let before = try folder.files()
        let expected = FileError(folder.path(name), doing: "written", reason: reason)
        #expect(throws: expected) { try OutputFile(folder.path(name)) }
        #expect(throws: expected) { try LineFile(folder.path(name)) }
        #expect(try folder.files() == before)
    }

    @Test("An empty path names no file")
    func emptyPath() {
        let error = #expect(throws: FileError.self) { try OutputFile("") }
        #expect(error?.description == "an empty path can't be written: it names no file")
        #expect(throws: FileError.self) { try LineFile("") }
        #expect(throws: FileError.self) { try InputFile.read("") }
        #expect(throws: FileError.self) { try Folder.make("") }
        #expect(throws: FileError.self) { try FolderLock("") }
    }

    /// Root may write everything, so another user tries.
    @Test("Files and folders without permission", .enabled(if: geteuid() == 0, "only root can become another user"))
    func permission() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            defer { withExtendedLifetime(folder) {} }
            try folder.write("old", to: "file")
            try Folder.make(folder.path("closed"))
            try Folder.make(folder.path("unlisted"))
            for (name, mode) in [("", 0o777), ("file", 0o644), ("closed", 0o755), ("unlisted", 0o733)] {
                #expect(chmod(folder.path(name), mode_t(mode)) == 0)
            }
            #expect(seteuid(12345) == 0)
            for name in ["file", "closed/file"] {
                #expect(throws: FileError(folder.path(name), doing: "written", reason: words(EACCES))) {
                    try OutputFile(folder.path(name))
                }
            }
            try OutputFile(folder.path("unlisted/file")).write("x")
            #expect(seteuid(0) == 0)
            #expect(try folder.text("file") == "old")
            #expect(try folder.text("unlisted/file") == "x")
        }
    }

    @Test("Permissions are kept; new files have those of the process", arguments: [0o600, 0o640, 0o755, 0o4711])
    func permissions(mode: Int) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try OutputFile(folder.path("a")).write("old")
        let fresh = try folder.permissions("a")
        try folder.write("", to: "b")
        #expect(try folder.permissions("b") == fresh)
        #expect(chmod(folder.path("a"), mode_t(mode)) == 0)
        try OutputFile(folder.path("a")).write("new")
        #expect(try folder.permissions("a") == mode)
        try LineFile(folder.path("a")).append("newer")
        #expect(try folder.permissions("a") == mode)
    }

    @Test("Symbolic links are kept, and their target is replaced", arguments: [true, false])
    func links(exists: Bool) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try Folder.make(folder.path("deep"))
        if exists { try folder.write("old", to: "deep/file") }
        #expect(symlink("second", folder.path("first")) == 0)
        #expect(symlink(folder.path("deep/file"), folder.path("second")) == 0)
        let file = try OutputFile(folder.path("first"))
        try file.write("new")
        #expect(try folder.text("deep/file") == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("first")) == "second")
        #expect(try folder.files() == ["deep", "first", "second"])
    }

    @Test("Leftovers of this file are removed, files in use and those of other files are not")
    func leftovers() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        for name in [
            ".a.abcdef.partial", ".a.ABC123.partial", ".a.b.abcdef.partial", ".a.abcde.partial", ".b.abcdef.partial",
        ] { try folder.write("", to: name) }
        let used = open(folder.path(".a.ABC123.partial"), O_RDWR | O_CLOEXEC)
        defer { close(used) }
        #expect(flock(used, LOCK_EX) == 0)
        let file = try OutputFile(folder.path("a"))
        let left = [".a.ABC123.partial", ".a.abcde.partial", ".a.b.abcdef.partial", ".b.abcdef.partial"]
        #expect(try folder.files() == left)
        try folder.write("", to: ".a.zzzzzz.partial")
        try file.write("x")
        #expect(try folder.files() == left + ["a"])
    }

    @Test("Concurrent writers leave one complete file and no other")
    func writers() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let texts = (0..<8).map { String(repeating: "\($0)", count: 100_000) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for text in texts {
                group.addTask { for _ in 0..<20 { try OutputFile(folder.path("a")).write(text) } }
            }
            try await group.waitForAll()
        }
        #expect(try texts.contains(folder.text("a")))
        #expect(try folder.files() == ["a"])
    }

    @Test("A pipe receives the bytes of every call, and is not replaced")
    func pipe() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        // A thread of its own, because both ends wait for each other and the threads of the tests are few.
        Thread.detachNewThread {
            #expect(throws: Never.self) {
                let file = try OutputFile(folder.path("pipe"))
                try file.write("one")
                try file.write([UInt8](repeating: 0, count: 1 << 20))
            }
        }
        #expect(try InputFile.read(folder.path("pipe")) == Array("one".utf8) + [UInt8](repeating: 0, count: 1 << 20))
        #expect(try folder.files() == ["pipe"])
    }

    @Test(
        "A descriptor of this process is written in place, not replaced",
        arguments: ["/dev/fd", "/proc/self/fd"])
    func ownDescriptor(place: String) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let descriptor = open(folder.path("out"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        #expect(Glibc.write(descriptor, "before\n", 7) == 7)
        try OutputFile("\(place)/\(descriptor)").write("here\n")
        try LineFile("\(place)/\(descriptor)").append("there")
        #expect(Glibc.write(descriptor, "after\n", 6) == 6)
        #expect(try folder.text("out") == "before\nhere\nthere\nafter\n")
        let reading = open(folder.path("out"), O_RDONLY | O_CLOEXEC)
        defer { close(reading) }
        #expect(throws: FileError("\(place)/\(reading)", doing: "written", reason: words(EBADF))) {
            try OutputFile("\(place)/\(reading)")
        }
    }

    @Test("A full device is an error with the message of the system")
    func fullDevice() throws {
        let file = try OutputFile("/dev/full")
        let error = #expect(throws: FileError.self) { try file.write("x") }
        #expect(error?.description == "/dev/full can't be written: No space left on device; free some space")
        let lines = try LineFile("/dev/full")
        #expect(throws: FileError.self) { try lines.append("x") }
    }

    /// A limit on the file size makes a write fail half-way, as a full disk does.
    ///
    /// It applies to a process, so the test runs in a child.
    @Test("A write that fails half-way leaves the old contents")
    func fullDisk() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            defer { withExtendedLifetime(folder) {} }
            let file = try OutputFile(folder.path("results.json"))
            try file.write("old")
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            #expect(throws: FileError(file.path, doing: "written", reason: words(EFBIG))) {
                try file.write(String(repeating: "x", count: 2000))
            }
            #expect(try folder.text("results.json") == "old")
            #expect(try folder.files() == ["results.json"])
        }
    }
}

@Suite("Files of lines") struct LineFileTests {
    @Test("The first line replaces the old file, and every line is written immediately")
    func lines() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try folder.write("old\n", to: "a")
        let file = try LineFile(folder.path("a"))
        #expect(try folder.text("a") == "old\n")
        try file.append("one")
        #expect(try folder.text("a") == "one\n")
        try file.append("two")
        #expect(try folder.text("a") == "one\ntwo\n")
        #expect(try folder.files() == ["a"])
    }
}

@Suite("Input files") struct InputFileTests {
    @Test("All bytes of a file", arguments: [0, 1, 65_535, 65_536, 65_537, 1_000_003])
    func contents(size: Int) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try Data(bytes).write(to: URL(filePath: folder.path("a")))
        #expect(try InputFile.read(folder.path("a")) == bytes)
    }

    @Test("Files of the system without a size")
    func system() throws {
        #expect(try InputFile.read("/dev/null") == [])
        #expect(String(decoding: try InputFile.read("/proc/self/stat"), as: UTF8.self).hasPrefix("\(getpid()) "))
    }

    @Test("Messages of the system", arguments: [("none", ENOENT), (".", EISDIR), ("file/x", ENOTDIR)])
    func refused(name: String, code: Int32) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try folder.write("x", to: "file")
        #expect(throws: FileError(folder.path(name), doing: "read", reason: words(code))) {
            try InputFile.read(folder.path(name))
        }
    }
}

@Suite("Folders") struct FolderTests {
    @Test("Missing folders are created, existing ones are kept", arguments: ["a", "a/b/c", "a//b/", "a/../b", "."])
    func make(name: String) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        for _ in 0..<2 { try Folder.make(folder.path(name)) }
        var isFolder: ObjCBool = false
        #expect(FileManager.default.fileExists(atPath: folder.path(name), isDirectory: &isFolder))
        #expect(isFolder.boolValue)
    }

    @Test("A file in the way", arguments: ["file", "file/x"])
    func inTheWay(name: String) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try folder.write("x", to: "file")
        #expect(throws: FileError(folder.path(name), doing: "created", reason: words(ENOTDIR))) {
            try Folder.make(folder.path(name))
        }
    }

    @Test("A folder belongs to one process at a time, under all its names")
    func lock() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        #expect(symlink(folder.path, folder.path("again")) == 0)
        do {
            let lock = try FolderLock(folder.path)
            let error = #expect(throws: FileError.self) { try FolderLock(folder.path("again")) }
            #expect(error?.description == "\(folder.path("again")) can't be used: process \(getpid()) is using it")
            withExtendedLifetime(lock) {}
        }
        _ = try FolderLock(folder.path("again"))
        #expect(try folder.files() == ["again"])
        #expect(throws: FileError(folder.path("none"), doing: "locked", reason: words(ENOENT))) {
            try FolderLock(folder.path("none"))
        }
    }
}

/// The messages of the system.
private func words(_ code: Int32) -> String { String(cString: strerror(code)) }
