import Foundation

/// A file that could not be read or written.
struct FileError: Error, CustomStringConvertible {
    var path: String
    var doing: String
    var reason: String
    var description: String { "\(path) can't be \(doing): \(reason)" }

    init(_ path: String, doing: String, reason: String) {
        self.path = path
        self.doing = doing
        self.reason = reason
    }

    init(_ path: String, doing: String, _ error: any Error) {
        // The system's own words are the shortest; Foundation wraps them.
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        self.init(path, doing: doing, reason: (underlying ?? error as NSError).localizedDescription)
    }
}

/// Reading what the user names.
enum InputFile {
    static func read(_ path: String) throws -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw FileError(path, doing: "read", error)
        }
    }
}

/// Writing what the user asked for.
enum OutputFile {
    /// Writes a file whole or not at all.
    static func write(_ data: Data, to path: String) throws {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw FileError(path, doing: "written", error)
        }
    }

    /// Throws unless a file at `path` could be written: before hours of work, not after.
    static func requireWritable(_ path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw FileError(path, doing: "written", CocoaError(.fileWriteNoPermission))
        }
    }
}

/// A file that grows by lines, each of them in the file once `append` returns.
final class LineFile {
    private let path: String
    private let handle: FileHandle

    /// Begins an empty file.
    init(_ path: String) throws {
        self.path = path
        do {
            try Data().write(to: URL(fileURLWithPath: path))
            handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        } catch {
            throw FileError(path, doing: "written", error)
        }
    }

    deinit { try? handle.close() }

    func append(_ line: String) throws {
        do {
            try handle.write(contentsOf: Data((line + "\n").utf8))
        } catch {
            throw FileError(path, doing: "written", error)
        }
    }
}
