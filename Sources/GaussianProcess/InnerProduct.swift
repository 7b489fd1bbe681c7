/// The inner product of two vectors of one length.
///
/// Four sums run side by side, because a processor could add many numbers in the time in which one sum waits for its
/// last addition. Their order is fixed.
func dot(_ first: Span<Double>, _ second: Span<Double>) -> Double {
    precondition(first.count == second.count, "\(first.count) and \(second.count) elements have no inner product")
    var sums = SIMD4<Double>.zero
    var index = 0
    while index + 4 <= first.count {
        let x = SIMD4(first[index], first[index + 1], first[index + 2], first[index + 3])
        let y = SIMD4(second[index], second[index + 1], second[index + 2], second[index + 3])
        sums += x * y
        index += 4
    }
    var rest = 0.0
    while index < first.count {
        rest += first[index] * second[index]
        index += 1
    }
    return sums[0] + sums[1] + (sums[2] + sums[3]) + rest
}
