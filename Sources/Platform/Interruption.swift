import Synchronization

/// The end of the program by a signal.
package enum Interruption {
    private static let isWriting = Mutex(())

    /// Runs something that a signal does not end half-way.
    static func deferred<Result, Failure: Error>(_ body: () throws(Failure) -> sending Result) throws(Failure)
        -> sending Result
    {
        try isWriting.withLock { _ throws(Failure) in try body() }
    }
}
