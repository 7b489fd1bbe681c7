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

/// The quotient, rounded up.
func ceilDivide(_ count: Int, _ size: Int) -> Int { (count - 1) / size + 1 }

/// The largest number that divides both.
func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
    second == 0 ? first : greatestCommonDivisor(second, first % second)
}

/// The largest divisor of `count` that is at most `largest`: a tile size without a partial tile.
func largestDivisor(of count: Int, atMost largest: Int) -> Int {
    (1...max(min(count, largest), 1)).last { count.isMultiple(of: $0) } ?? 1
}
