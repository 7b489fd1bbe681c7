internal import Synchronization

extension CPUBackend {
    /// Measures the fused multiply-add peak of `threads` cores together, in fp32 GFLOP/s (a multiply-add counts two).
    ///
    /// Each thread keeps enough independent sums in registers to fill the units; the best of several short rounds
    /// counts, as others may use the machine too.
    package static func measurePeakGflops(threads: Int) -> Double {
        let pool = ThreadPool(threads: max(threads, 1))
        let iterations = 2_000_000
        let clock = ContinuousClock()
        var best = Duration.seconds(1000)
        let sink = Atomic<Int>(0)
        for _ in 0..<5 {
            // As many iterations of the loop as threads: each takes one, as all are long.
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

/// Twelve independent multiply-adds in every iteration; returns something that depends on all of them.
@inline(never)
private func multiplyAddLoop(_ iterations: Int) -> Float {
    let factor = Vector(repeating: 0.5)
    let term = Vector(repeating: 1)
    var (a, b, c, d, e, f) = (Vector(), Vector(), Vector(), Vector(), Vector(), Vector())
    var (g, h, i, j, k, l) = (a, b, c, d, e, f)
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
    return ((((a + b) + (c + d)) + ((e + f) + (g + h))) + ((i + j) + (k + l))).sum()
}
