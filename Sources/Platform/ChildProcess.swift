import Synchronization

/// A program that was run to its end.
///
/// The streams of the child are files without a name, not pipes: neither side ever waits for the other, a child that stops
/// reading raises no signal here, and nothing is left behind. It runs in a process group of its own, and is killed with all
/// that it started when it takes too long, writes too much, or this program ends.
package struct ChildProcess: Sendable {
    /// The exit status, or 128 plus the number of the signal that killed the child, as shells have it.
    package let status: Int32

    /// What it wrote to its standard output.
    package let output: [UInt8]

    /// What it wrote to its standard error.
    package let messages: String

    /// Runs a program and waits until it has ended.
    ///
    /// - Parameters:
    ///   - program: Its name, which is looked up in `PATH`, or its path.
    ///   - arguments: Its arguments.
    ///   - input: Its standard input.
    ///   - isInherited: Whether the child gets an environment variable of this program, by name.
    ///   - niceness: How much lower its priority is than this program's, 0 to 19.
    ///   - timeLimit: The longest it may run.
    /// - Throws: ``ChildProcessError``, but not for an exit status that is not 0.
    package init(
        running program: String, _ arguments: [String], input: [UInt8] = [], inheriting isInherited: (String) -> Bool,
        niceness: Int32 = 0, timeLimit: Duration
    ) throws(ChildProcessError) {
        func failure(_ reason: String) -> ChildProcessError { .failed(program: program, reason: reason) }
        let streams: [Descriptor]
        do throws(SystemError) {
            streams = [try .anonymous(input), try .anonymous(), try .anonymous()]
        } catch {
            throw failure("no temporary file can be made: \(error)")
        }
        let child = try Running.children.withLock { children throws(ChildProcessError) in
            if children.areKilled { throw .killed }
            switch Self.spawn([program] + arguments, streams.map(\.number), isInherited) {
            case .success(let child):
                children.ids.insert(child)
                return child
            case .failure(let error) where error.code == ENOENT: throw .notFound(program: program)
            case .failure(let error): throw failure("\(error)")
            }
        }
        setpriority(oneProcess, id_t(child), niceness)

        let clock = SuspendingClock()
        let deadline = clock.now + timeLimit
        var complaint: String?
        var status: Int32 = 0
        while !Self.hasEnded(child, &status) {
            if clock.now > deadline {
                complaint = "it took longer than \(Int(timeLimit / .seconds(1))) s and was ended"
            } else if streams.contains(where: { $0.status.st_size > Self.outputLimit }) {
                complaint = "it wrote more than \(Self.outputLimit >> 20) MiB and was ended"
            }
            if complaint != nil { kill(-child, SIGKILL) }
            usleep(5000)
        }
        if Running.children.withLock({ $0.areKilled }) { throw .killed }
        if let complaint { throw failure(complaint) }
        let signal = status & 0x7f
        self.status = signal == 0 ? status >> 8 & 0xff : 128 + signal
        do throws(SystemError) {
            output = try streams[1].contents()
            messages = String(decoding: try streams[2].contents(), as: UTF8.self)
        } catch {
            throw failure("what it wrote can't be read: \(error)")
        }
    }

    /// Kills all children, and has none begin from now on: for the end of this program by a signal.
    package static func killAll() {
        Running.children.withLock { children in
            children.areKilled = true
            for child in children.ids { kill(-child, SIGKILL) }
        }
    }

    /// The most bytes that a child may write to a stream.
    private static let outputLimit = 1 << 28

    /// The children that have not been waited for: their numbers are not yet those of other processes.
    private struct Running {
        static let children = Mutex(Running())
        var ids: Set<pid_t> = []
        var areKilled = false
    }

    /// Whether a child has ended, with its status if the system kept it.
    private static func hasEnded(_ child: pid_t, _ status: inout Int32) -> Bool {
        Running.children.withLock { children in
            let ended = waitpid(child, &status, WNOHANG)
            // Where this program was started with SIGCHLD ignored, no status is kept: ECHILD.
            guard ended > 0 || ended < 0 && errno != EINTR else { return false }
            children.ids.remove(child)
            return true
        }
    }

    private static func spawn(
        _ words: [String], _ streams: [Int32], _ isInherited: (String) -> Bool
    ) -> Result<pid_t, SystemError> {
        var actions = noActions
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (standard, descriptor) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(standard))
        }

        // What this program does with signals is not for the child.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        var attributes = noAttributes
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var environment: [UnsafeMutablePointer<CChar>?] = []
        var entry = systemEnvironment
        while let text = entry?.pointee {
            if isInherited(String(String(cString: text).prefix { $0 != "=" })) { environment.append(text) }
            entry = entry?.successor()
        }
        var child = pid_t()
        let code = posix_spawnp(&child, words[0], &actions, &attributes, &arguments, environment + [nil])
        return code == 0 ? .success(child) : .failure(SystemError(code))
    }
}

/// Why a program could not be run to its end.
package enum ChildProcessError: Error, Equatable, CustomStringConvertible {
    /// There is no such program.
    case notFound(program: String)

    /// It failed, for a reason as a clause.
    case failed(program: String, reason: String)

    /// It was killed because this program ends.
    case killed

    /// What went wrong, in one line.
    package var description: String {
        switch self {
        case .notFound(let program): "there is no program \(program)"
        case .failed(let program, let reason): "\(program) failed: \(reason)"
        case .killed: "the program ends"
        }
    }
}

#if canImport(Darwin)
    private var systemEnvironment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? { _NSGetEnviron().pointee }
    private let noActions: posix_spawn_file_actions_t? = nil
    private let noAttributes: posix_spawnattr_t? = nil
#else
    private var systemEnvironment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? { environ }
    private var noActions: posix_spawn_file_actions_t { .init() }
    private var noAttributes: posix_spawnattr_t { .init() }
#endif

#if canImport(Glibc)
    private let oneProcess = __priority_which_t(PRIO_PROCESS.rawValue)
#else
    private let oneProcess = PRIO_PROCESS
#endif
