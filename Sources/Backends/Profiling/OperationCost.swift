/// The cost of all calls of one kind.
package struct OperationCost: Sendable {
    package var name: String
    package var seconds = 0.0
    /// Floating-point operations of all calls; 0 if the operation only moves memory.
    package var flops = 0
}
