/// The quotient, rounded up.
func ceilDivide(_ count: Int, _ size: Int) -> Int { (count - 1) / size + 1 }

/// The largest divisor of `count` that is at most `largest`: a tile size without a partial tile.
func largestDivisor(of count: Int, atMost largest: Int) -> Int {
    (1...max(min(count, largest), 1)).last { count.isMultiple(of: $0) } ?? 1
}
