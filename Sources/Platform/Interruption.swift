import Synchronization

/// The end of the program by SIGINT or SIGTERM.
///
/// A separate thread waits for these signals, which all other threads block, so its work need not be safe in a signal
/// handler. It waits until no file is half written, kills the child processes, writes one line to standard error, and
/// ends the program with the exit code 130 or 143.
package enum Interruption {
    private static let isWriting = Mutex(())
    private static let children = Mutex<Set<pid_t>>([])
    private static let advice = Mutex<String?>(nil)
    private static let lastLine = Mutex<(@Sendable (_ signal: String) -> String)?>(nil)

    private static var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        return signals
    }

    /// Installs the handling of the signals; call it before any other thread starts, because threads inherit blocked
    /// signals.
    package static func install() {
        var signals = signals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { _ in
                Interruption.waitAndEnd()
                return nil
            }, nil)
    }

    /// Sets the advice how to continue after an interruption, as a clause; `nil` if there is nothing to continue.
    package static func advise(_ text: String?) {
        advice.withLock { $0 = text }
    }

    /// Sets the line that an interruption writes to standard output, from the name of the signal; `nil` for none.
    static func setLastLine(_ text: (@Sendable (_ signal: String) -> String)?) {
        lastLine.withLock { $0 = text }
    }

    /// Starts a child process that an interruption ends.
    ///
    /// - Parameter start: Starts the process, with the attributes of ``makeAttributes()``.
    package static func startChild<Failure: Error>(_ start: () throws(Failure) -> pid_t) throws(Failure) -> pid_t {
        try children.withLock { children throws(Failure) in
            let child = try start()
            children.insert(child)
            return child
        }
    }

    /// Attributes for `posix_spawn` that give a child the default signals and its own process group.
    ///
    /// Otherwise the child would inherit blocked and ignored signals. The process group is killed with the child.
    ///
    /// - Returns: Attributes for the caller to destroy.
    package static func makeAttributes() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var (blocked, usual) = (sigset_t(), signals)
        sigemptyset(&blocked)
        sigaddset(&usual, SIGPIPE)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        return attributes
    }

    /// Removes a child process; call it before `waitpid`, after which the system may reuse the process number.
    package static func forgetChild(_ child: pid_t) {
        children.withLock { _ = $0.remove(child) }
    }

    /// Runs a closure that an interruption does not end before it returns.
    static func deferred<Result, Failure: Error>(
        _ body: () throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try isWriting.withLock { _ throws(Failure) in try body() }
    }

    private static func waitAndEnd() {
        var signals = signals
        var signal: Int32 = 0
        while sigwait(&signals, &signal) != 0 {}
        // A disk that does not respond must not delay the end. The next run removes a temporary file that remains.
        for _ in 0..<500 {
            isWriting.withLockIfAvailable { _ in end(by: signal) }
            usleep(10_000)
        }
        end(by: signal)
    }

    private static func end(by signal: Int32) {
        // The lock keeps new children from starting.
        children.withLock { children in
            for child in children { kill(-child, SIGKILL) }
            let advice = advice.withLock { $0.map { "; \($0)" } ?? "" }
            let name = signal == SIGINT ? "SIGINT" : "SIGTERM"
            if let line = lastLine.withLock({ $0?(name) }) { StandardOutput.writeAtOnce(line) }
            StandardError.writeAtOnce("resnet-bo: interrupted by \(name)\(advice)")
            _exit(128 + signal)
        }
    }
}
