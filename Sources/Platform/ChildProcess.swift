/// The result of a child process that has ended.
///
/// The streams of the child are anonymous files and not pipes: neither side waits for the other, a child that stops
/// reading raises no signal here, and no file remains. The child runs in its own process group. The group is killed
/// when it exceeds the time limit or the limit of output, or this program is interrupted (``Interruption``).
package struct ChildProcess: Sendable {
    /// The greatest number of bytes that a child may write to a stream.
    private static let outputLimit = 1 << 28

    /// The exit status, or 128 plus the number of the signal that killed the child, as in shells.
    package let status: Int32

    /// The bytes of its standard output.
    package let output: [UInt8]

    /// The text of its standard error.
    package let messages: String

    /// Runs a program and waits until it has ended.
    ///
    /// - Parameters:
    ///   - program: The path, or a name that is looked up in `PATH`.
    ///   - arguments: The arguments.
    ///   - input: The contents of standard input.
    ///   - isInherited: Whether the child inherits the environment variable of a name.
    ///   - niceness: The niceness, 0 to 19; a higher value is a lower priority. `nil` for that of this program.
    ///   - timeLimit: The greatest run time.
    ///   - whileRunning: Receives, from time to time, what the child has written to standard output since the last call.
    /// - Throws: ``ChildProcessError``; an exit status other than 0 is no error.
    package init(
        running program: String, _ arguments: [String], input: [UInt8] = [], inheriting isInherited: (String) -> Bool,
        niceness: Int32? = nil, timeLimit: Duration, whileRunning: (_ output: [UInt8]) -> Void = { _ in }
    ) throws(ChildProcessError) {
        let streams: [Descriptor]
        do throws(SystemError) {
            streams = [try .anonymous(input), try .anonymous(), try .anonymous()]
        } catch {
            throw .failed(program: program, reason: "can't create a temporary file: \(error)")
        }
        var failure: ChildProcessError?
        do throws(SystemError) {
            let child = try Self.spawn([program] + arguments, streams, isInherited)
            if let niceness { setpriority(oneProcess, id_t(child), niceness) }

            let clock = SuspendingClock()
            let deadline = clock.now + timeLimit
            var status: Int32 = 0
            var seen = 0
            while !Self.hasEnded(child, &status) {
                if clock.now > deadline {
                    failure = .tookTooLong(program: program, limit: timeLimit)
                } else if streams.contains(where: { $0.status.st_size > Self.outputLimit }) {
                    failure = .failed(program: program, reason: "it wrote more than \(Self.outputLimit >> 20) MiB")
                }
                if failure != nil { kill(-child, SIGKILL) }
                let output = try streams[1].contents(from: seen)
                seen += output.count
                whileRunning(output)
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

    /// Whether a child has ended, with its status if the system has it.
    private static func hasEnded(_ child: pid_t, _ status: inout Int32) -> Bool {
        var state = siginfo_t()
        // WNOWAIT keeps the zombie, so the system can't reuse the process number yet.
        let result = waitid(P_PID, id_t(child), &state, WEXITED | WNOHANG | WNOWAIT)
        // If this program was started with SIGCHLD ignored, an ended child gives ECHILD.
        guard result == 0 ? state.si_signo != 0 : errno != EINTR else { return false }
        Interruption.forgetChild(child)
        // End the processes that it has started and not ended.
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

/// A failure to run a child process.
package enum ChildProcessError: Error, Equatable, CustomStringConvertible {
    /// The program does not exist.
    case notFound(program: String)

    /// The program failed; the reason is a clause.
    case failed(program: String, reason: String)

    /// The program exceeded its time limit and was killed.
    case tookTooLong(program: String, limit: Duration)

    /// The error as one line of text.
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
