/// The requirement of a backend for operations that do not depend on each other.
package protocol TogetherOperations {
    /// Performs two sequences of operations that are independent of each other.
    ///
    /// The results are those of the first sequence followed by the second. Neither sequence reads or writes what the other one
    /// writes, with one exception: both may compute the gradient of one input, and the second one then accumulates it. A
    /// backend that a single operation leaves partly idle can perform the operations of the two in pairs.
    func performTogether(
        _ first: () throws(BackendError) -> Void, _ second: () throws(BackendError) -> Void
    ) throws(BackendError)
}

extension TogetherOperations {
    /// One sequence after the other.
    package func performTogether(
        _ first: () throws(BackendError) -> Void, _ second: () throws(BackendError) -> Void
    ) throws(BackendError) {
        try first()
        try second()
    }
}
