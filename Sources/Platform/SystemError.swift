/// An error number of the operating system.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The value of `errno`.
    package let code: Int32

    /// The error of the last system call of this thread.
    package static var last: SystemError { SystemError(code: errno) }

    /// The message of the system, for example "No space left on device".
    package var description: String { String(cString: strerror(code)) }
}

/// Repeats a system call while a signal interrupts it.
///
/// - Parameter call: Returns a negative number and sets `errno` if it fails.
/// - Returns: The result of the call, not negative.
/// - Throws: The error of the call.
@discardableResult
func check<Number: SignedInteger>(_ call: () -> Number) throws(SystemError) -> Number {
    while true {
        let result = call()
        if result >= 0 { return result }
        guard errno == EINTR else { throw .last }
    }
}
