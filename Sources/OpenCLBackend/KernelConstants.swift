import Kernels

/// What the program of a kernel file is compiled for: shapes and tile sizes.
///
/// A value is the key of the program itself. Its stored properties are what the macros are made of, so equal keys are equal
/// programs, and the dictionary of macros is only made to build one.
protocol KernelConstants: Hashable, Sendable {
    /// The kernel file.
    static var source: KernelSource { get }

    /// The macros of the file.
    ///
    /// `VECTOR` and `ITEMS` are the same for every program of a device; `SLICES` is 1 unless it is one of these.
    var macros: [String: Int] { get }
}
