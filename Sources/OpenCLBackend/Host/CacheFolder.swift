import Kernels
import Platform

/// The user's folder for what is cheap to lose: built programs and the tuner's choices.
///
/// `RESNET_BO_CACHE` names another folder, or is `off`. Files that can't be read or written cost time, never a run.
package struct CacheFolder: Sendable {
    /// The name of the environment variable.
    package static let variable = "RESNET_BO_CACHE"

    /// Where the files are; nil where nothing is kept.
    let folder: String?

    /// The folder of this user: `$RESNET_BO_CACHE`, `$XDG_CACHE_HOME/resnet-bo` or `~/.cache/resnet-bo`.
    package static var user: CacheFolder {
        func folder(_ variable: String, _ inner: String) -> String? {
            environment(variable).flatMap { $0.isEmpty ? nil : $0 + inner }
        }
        let named = folder(variable, "")
        if named == "off" { return CacheFolder(folder: nil) }
        let home = environment("HOME") ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) }
        return CacheFolder(
            folder: named ?? folder("XDG_CACHE_HOME", "/resnet-bo") ?? home.map { "\($0)/.cache/resnet-bo" })
    }

    /// What a kept measurement is valid for, beside the device: the version of the program and its kernels.
    package static let program = "\(Version.current), \(fnv1a(KernelSource.allCases.map(\.program).joined().utf8))"

    /// A file's name for a key, so that every key has a file of its own.
    package static func name(_ kind: String, for key: String) -> String {
        "\(kind)-\(String(fnv1a(key.utf8), radix: 16))"
    }

    /// A folder, which need not exist; nil to keep nothing.
    package init(folder: String?) {
        self.folder = folder
    }

    /// Makes the folder this process's own while the result lives, so that two tuners do not overwrite each other's choices.
    ///
    /// - Throws: `FileError`, which says who has the folder; it is none that the folder can't be made.
    func lock() throws(FileError) -> FolderLock? {
        guard let folder, (try? Folder.make(folder)) != nil else { return nil }
        return try FolderLock(folder)
    }

    /// What was kept under a name for exactly this key; nil where there is nothing or something else.
    ///
    /// A file that begins as one of ours and is damaged is reported and ignored. One for another key is stale (a new driver,
    /// another version of the program); it is reported too, and the next ``write(_:for:name:)`` replaces it.
    package func read(_ name: String, for key: String) -> [UInt8]? {
        guard let folder, let file = try? InputFile.read("\(folder)/\(name)") else { return nil }
        guard let entry = CacheEntry(file) else {
            CacheFolder.warn("\(folder)/\(name) is damaged and ignored")
            return nil
        }
        guard entry.key == key else {
            CacheFolder.warn("\(folder)/\(name) is stale (another driver or version) and ignored")
            return nil
        }
        return entry.contents
    }

    /// Keeps something, replacing what the name held.
    package func write(_ contents: [UInt8], for key: String, name: String) {
        guard let folder else { return }
        try? Folder.make(folder)
        try? OutputFile("\(folder)/\(name)").write(CacheEntry(key: key, contents: contents).file)
    }

    private static func warn(_ message: String) {
        StandardError.write("resnet-bo: warning: the cache \(message)")
    }
}

/// A file of the cache: a title, the checksum of the rest, the key's length, the key, the contents.
private struct CacheEntry {
    private static let title = Array("resnet-bo cache 1\n".utf8)

    let key: String
    let contents: [UInt8]

    init(key: String, contents: [UInt8]) {
        self.key = key
        self.contents = contents
    }

    /// Reads a file; nil where it is damaged.
    init?(_ file: [UInt8]) {
        let head = Self.title.count
        guard file.count >= head + 16, file.starts(with: Self.title) else { return nil }
        let rest = file.dropFirst(head + 8)
        guard Self.number(file.dropFirst(head)) == fnv1a(rest) else { return nil }
        let length = Self.number(rest)
        guard length <= UInt64(rest.count - 8) else { return nil }
        key = String(decoding: rest.dropFirst(8).prefix(Int(length)), as: UTF8.self)
        contents = Array(rest.dropFirst(8 + Int(length)))
    }

    var file: [UInt8] {
        let keyBytes = Array(key.utf8)
        let rest = Self.bytes(UInt64(keyBytes.count)) + keyBytes + contents
        return Self.title + Self.bytes(fnv1a(rest)) + rest
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// The 64-bit FNV-1a hash (Fowler, Noll & Vo): for names of files and for finding damage, not against malice.
func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
