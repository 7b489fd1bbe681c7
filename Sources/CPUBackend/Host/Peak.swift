internal import Synchronization

extension CPUBackend {
    /// Measures the fused multiply-add peak of `threads` cores together, in fp32 GFLOP/s (a multiply-add counts two).
    ///
    /// Each thread has enough independent sums in registers to use all execution units. The result is the best of many short
    /// rounds, because other programs may use the machine too.
    package static func measurePeakGflops(threads: Int) -> Double {
        let pool = ThreadPool(threads: max(threads, 1))
        let iterations = 300_000
        let clock = ContinuousClock()
        var best = Duration.seconds(1000)
        let sink = Atomic<Int>(0)
        for _ in 0..<50 {
            // One iteration per thread: each iteration is long, so each thread runs one.
            let elapsed = clock.measure {
                pool.run(pool.threads) { _, _ in
                    sink.wrappingAdd(multiplyAddLoop(iterations) == 0 ? 1 : 0, ordering: .relaxed)
                }
            }
            best = min(best, elapsed)
        }
        let flops = Double(pool.threads) * Double(iterations) * 12 * 2 * Double(Lanes.width)
        return flops / (Double(best.components.seconds) + Double(best.components.attoseconds) * 1e-18) / 1e9
    }
}

/// Runs twelve independent multiply-adds in every iteration; the result depends on all of them.
@inline(never)
private func multiplyAddLoop(_ iterations: Int) -> Float {
    let factor = Vector(repeating: 0.5)
    let term = Vector(repeating: 1)
    // The values differ, so that the compiler can't merge the sums.
    let one = Vector(repeating: 1 / Float(iterations))
    var (a, b, c, d, e, f) = (one, one * 2, one * 3, one * 4, one * 5, one * 6)
    var (g, h, i, j, k, l) = (one * 7, one * 8, one * 9, one * 10, one * 11, one * 12)
    for _ in 0..<iterations {
        a = term.addingProduct(a, factor)
        b = term.addingProduct(b, factor)
        c = term.addingProduct(c, factor)
        d = term.addingProduct(d, factor)
        e = term.addingProduct(e, factor)
        f = term.addingProduct(f, factor)
        g = term.addingProduct(g, factor)
        h = term.addingProduct(h, factor)
        i = term.addingProduct(i, factor)
        j = term.addingProduct(j, factor)
        k = term.addingProduct(k, factor)
        l = term.addingProduct(l, factor)
    }
    return laneSum((((a + b) + (c + d)) + ((e + f) + (g + h))) + ((i + j) + (k + l)))
}
