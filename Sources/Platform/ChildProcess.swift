/// A program that was run to its end.
///
/// The streams of the child are files without a name, not pipes: neither side ever waits for the other, a child that stops
/// reading raises no signal here, and nothing is left behind. It runs in a process group of its own, and is killed with all
/// that it started when it takes too long, writes too much, or this program is interrupted (``Interruption``).
package struct ChildProcess: Sendable {
    /// The most bytes that a child may write to a stream.
    private static let outputLimit = 1 << 28

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
        let streams: [Descriptor]
        do throws(SystemError) {
            streams = [try .anonymous(input), try .anonymous(), try .anonymous()]
        } catch {
            throw .failed(program: program, reason: "no temporary file can be made: \(error)")
        }
        var failure: ChildProcessError?
        do throws(SystemError) {
            let child = try Self.spawn([program] + arguments, streams, isInherited)
            setpriority(oneProcess, id_t(child), niceness)

            let clock = SuspendingClock()
            let deadline = clock.now + timeLimit
            var status: Int32 = 0
            while !Self.hasEnded(child, &status) {
                if clock.now > deadline {
                    failure = .tookTooLong(program: program, limit: timeLimit)
                } else if streams.contains(where: { $0.status.st_size > Self.outputLimit }) {
                    failure = .failed(program: program, reason: "it wrote more than \(Self.outputLimit >> 20) MiB")
                }
                if failure != nil { kill(-child, SIGKILL) }
                usleep(5000)
            }
            let signal = status & 0x7f
            self.status = signal == 0 ? status >> 8 & 0xff : 128 + signal
            output = try streams[1].contents()
            messages = String(decoding: try streams[2].contents(), as: UTF8.self)
        } catch  where error.code == ENOENT {
            throw .notFound(program: program)
        } catch {
            throw .failed(program: program, reason: "\(error)")
        }
        if let failure { throw failure }
    }

    /// Whether a child has ended, with its status where the system keeps it.
    private static func hasEnded(_ child: pid_t, _ status: inout Int32) -> Bool {
        var state = siginfo_t()
        // Its number stays its own as long as it is only looked at (WNOWAIT).
        let result = waitid(P_PID, id_t(child), &state, WEXITED | WNOHANG | WNOWAIT)
        // Where this program was started with SIGCHLD ignored, a child that has ended is gone: ECHILD.
        guard result == 0 ? state.si_signo != 0 : errno != EINTR else { return false }
        Interruption.forgetChild(child)
        // What it has started and left behind.
        if result == 0 { kill(-child, SIGKILL) }
        waitpid(child, &status, 0)
        return true
    }

    private static func spawn(
        _ words: [String], _ streams: [Descriptor], _ isInherited: (String) -> Bool
    ) throws(SystemError) -> pid_t {
        var actions = noActions
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (standard, file) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, file.number, Int32(standard))
        }
        var attributes = Interruption.makeAttributes()
        defer { posix_spawnattr_destroy(&attributes) }
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var environment: [UnsafeMutablePointer<CChar>?] = []
        var entry = systemEnvironment
        while let text = entry?.pointee {
            if isInherited(String(String(cString: text).prefix { $0 != "=" })) { environment.append(text) }
            entry = entry?.successor()
        }
        environment.append(nil)
        return try Interruption.startChild { () throws(SystemError) in
            var child = pid_t()
            let code = posix_spawnp(&child, words[0], &actions, &attributes, &arguments, environment)
            guard code == 0 else { throw SystemError(code: code) }
            return child
        }
    }
}

/// Why a program could not be run to its end.
package enum ChildProcessError: Error, Equatable, CustomStringConvertible {
    /// There is no such program.
    case notFound(program: String)

    /// It failed, for a reason as a clause.
    case failed(program: String, reason: String)

    /// It was ended after its time limit.
    case tookTooLong(program: String, limit: Duration)

    /// What went wrong, in one line.
    package var description: String {
        switch self {
        case .notFound(let program): "there is no program \(program)"
        case .failed(let program, let reason): "\(program) failed: \(reason)"
        case .tookTooLong(let program, let limit): "\(program) took longer than \(Int(limit / .seconds(1))) s"
        }
    }
}

#if canImport(Darwin)
    private var systemEnvironment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? { _NSGetEnviron().pointee }
    private let noActions: posix_spawn_file_actions_t? = nil
#else
    private var systemEnvironment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? { environ }
    private var noActions: posix_spawn_file_actions_t { .init() }
#endif

#if canImport(Glibc)
    private let oneProcess = __priority_which_t(PRIO_PROCESS.rawValue)
#else
    private let oneProcess = PRIO_PROCESS
#endif
