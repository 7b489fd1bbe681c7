import Synchronization

/// A file of lines to which this process and others append, as Optuna's `JournalFileBackend` does.
///
/// Two locks protect it. `flock` on the file keeps a second run of this program away, as long as this object lives. The
/// symbolic link `NAME.lock`, which is Optuna's lock, is held while lines are appended.
///
/// A lock that a killed process has left is removed: at once if a run of this program made it, because no other run can
/// hold `flock`; otherwise after it has not changed for 30 s, Optuna's own grace period. The link of this program leads to
/// the journal by `./././NAME`, which no path of Optuna's does.
///
/// Locks of a file system without `flock` are left out.
package final class JournalFile: Sendable {
    /// The path, as it was given.
    package let path: String

    private struct State {
        /// The open and locked file; `nil` while it does not exist.
        var file: Descriptor?

        /// The bytes that were read or written; the file has whole lines up to here.
        var position = 0
    }

    private let state = Mutex(State())

    /// The time in which another process changes its lock, in seconds (`grace_period` of Optuna).
    private static let gracePeriod = 30.0

    /// Opens a journal, without changing it; one that does not exist is only checked.
    ///
    /// - Throws: ``FileError``, which names the process that uses the journal.
    package init(_ path: String) throws(FileError) {
        self.path = path
        let file: Descriptor?
        if try InputFile.isThere(path) {
            file = try Self.openLocked(path)
        } else {
            guard try FileTarget.openStream(path) == nil else {
                throw FileError(path, doing: "used", reason: "it is no regular file")
            }
            file = nil
        }
        state.withLock { $0.file = file }
    }

    // To close the descriptor is not enough: a child process that is just starting has a copy of it.
    deinit { state.withLock { _ = $0.file.map { flock($0.number, LOCK_UN) } } }

    /// Opens and locks an existing file.
    private static func openLocked(_ path: String) throws(FileError) -> Descriptor {
        while true {
            let file = try naming(path, doing: "used") { () throws(SystemError) in
                try Descriptor { open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
            }
            guard file.status.st_mode & S_IFMT == S_IFREG else {
                throw FileError(path, doing: "used", reason: "it is no regular file")
            }
            do {
                try file.lock(waiting: false)
            } catch  where error.code == EWOULDBLOCK {
                throw FileError(path, doing: "used", reason: "\(FolderLock.holder(of: file.status)) is using it")
            } catch {
                // EBADF, ENOLCK and EOPNOTSUPP mean a file system without such locks.
            }
            // Another run may have replaced the file before it was locked.
            var now = stat()
            if stat(path, &now) == 0, (now.st_dev, now.st_ino) == (file.status.st_dev, file.status.st_ino) {
                return file
            }
        }
    }

    /// The whole lines that are not read yet, each with its newline.
    ///
    /// A line that is being written, or that a killed process has not finished, is left out.
    ///
    /// - Throws: ``FileError``.
    package func read() throws(FileError) -> [UInt8] {
        try naming(path, doing: "read") { () throws(SystemError) in
            try state.withLock { state throws(SystemError) in
                guard let file = state.file else { return [] }
                return try Self.readLines(file, &state.position)
            }
        }
    }

    /// Replaces the contents; a reader finds either the old ones or the new ones.
    ///
    /// - Throws: ``FileError``; then the file is as it was.
    package func replace(with bytes: [UInt8]) throws(FileError) {
        try naming(path, doing: "written") { () throws(SystemError) in
            try state.withLock { state throws(SystemError) in
                let old = state.file
                // The new file is locked as long as it is open, so no other run can come between.
                let file = try FileTarget(path).replace(with: bytes)
                try check { fcntl(file.number, F_SETFL, O_APPEND) }
                state = State(file: file, position: bytes.count)
                if let old { flock(old.number, LOCK_UN) }
            }
        }
    }

    /// Appends lines, which are on the disk when this returns.
    ///
    /// A torn last line is cut off before. After an error nothing is appended.
    ///
    /// - Parameter lines: Makes the lines, each with a newline, from those that other processes have appended since the
    ///   last call.
    /// - Throws: ``FileError``, and the errors of `lines`.
    /// - Precondition: The file exists.
    package func append(_ lines: (_ added: [UInt8]) throws -> [UInt8]) throws {
        let link = "\(path).lock"
        var patience = Patience(link, self)
        var pause: UInt32 = 1000
        // The lock is never waited for within `deferred`, because an interruption would have to wait too.
        while try !Interruption.deferred({ try appendIfUnlocked(link, lines) }) {
            if patience.isExhausted {
                Self.remove(link)
            } else {
                usleep(pause)
                pause = min(2 * pause, 100_000)
            }
        }
    }

    /// Appends lines unless another process holds Optuna's lock.
    private func appendIfUnlocked(_ link: String, _ lines: (_ added: [UInt8]) throws -> [UInt8]) throws -> Bool {
        if symlink(ownTarget, link) != 0 {
            guard errno == EEXIST else { throw FileError(link, doing: "created", .last) }
            return false
        }
        defer { Self.remove(link) }
        try state.withLock { state in
            guard let file = state.file else { preconditionFailure("the journal has no beginning") }
            let added = try naming(path, doing: "read") { () throws(SystemError) in
                let added = try Self.readLines(file, &state.position)
                if file.status.st_size > state.position { try check { ftruncate(file.number, off_t(state.position)) } }
                return added
            }
            let bytes = try lines(added)
            try naming(path, doing: "written") { () throws(SystemError) in
                do throws(SystemError) {
                    try file.write(bytes)
                    try file.synchronize()
                } catch {
                    ftruncate(file.number, off_t(state.position))
                    throw error
                }
            }
            state.position += bytes.count
        }
        return true
    }

    /// Reads from a position to the end of the last whole line.
    private static func readLines(_ file: Descriptor, _ position: inout Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, Int(file.status.st_size) - position))
        var count = 0
        while count < bytes.count {
            let start = position + count
            let part = try check {
                bytes.withUnsafeMutableBytes {
                    pread(file.number, $0.baseAddress! + count, $0.count - count, off_t(start))
                }
            }
            if part == 0 { break }
            count += part
        }
        let end = bytes[..<count].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        position += end
        return Array(bytes[..<end])
    }

    /// The target of this program's link: the journal, in a form that other programs do not write.
    private var ownTarget: String { "./././" + path.split(separator: "/").suffix(1).joined() }

    /// Removes a lock, as Optuna does: under another name first, so that no second process removes the next lock.
    private static func remove(_ link: String) {
        let renamed = "\(link).\(getpid()).rename"
        if rename(link, renamed) == 0 { unlink(renamed) }
    }

    /// The wait for a lock of another process.
    private struct Patience {
        private let link: String
        private let journal: JournalFile
        private var known: [Int] = []
        private var since = ContinuousClock.now

        init(_ link: String, _ journal: JournalFile) {
            self.link = link
            self.journal = journal
        }

        /// Whether the process that made the lock is gone.
        var isExhausted: Bool {
            mutating get {
                var target = [CChar](repeating: 0, count: Int(PATH_MAX))
                let length = readlink(link, &target, target.count - 1)
                if length > 0, target[..<length].elementsEqual(journal.ownTarget.utf8CString.dropLast()) { return true }
                var (lock, file) = (stat(), stat())
                guard lstat(link, &lock) == 0 else { return false }
                _ = stat(journal.path, &file)
                let now = [Int(lock.st_ino), lock.changeTime, file.changeTime, Int(file.st_size)]
                if now != known { (known, since) = (now, .now) }
                return ContinuousClock.now - since > .seconds(JournalFile.gracePeriod)
            }
        }
    }
}

extension stat {
    /// The time of the last change, in nanoseconds of an era without meaning.
    fileprivate var changeTime: Int {
        #if canImport(Darwin)
            st_ctimespec.tv_sec &* 1_000_000_000 &+ st_ctimespec.tv_nsec
        #else
            st_ctim.tv_sec &* 1_000_000_000 &+ st_ctim.tv_nsec
        #endif
    }
}
