import CNLopt

/// Finds a local maximum of a smooth function within bounds, with NLopt's L-BFGS.
package struct LocalMaximizer: Sendable {
    /// A point and the value of the function there.
    package struct Optimum: Sendable, Equatable {
        /// The coordinates.
        package var point: [Double]

        /// The value of the function.
        package var value: Double
    }

    private let bounds: [ClosedRange<Double>]
    private let relativeTolerance: Double
    private let evaluationLimit: Int

    /// Creates a search within bounds.
    ///
    /// - Parameters:
    ///   - bounds: The lower and upper bound of each coordinate.
    ///   - relativeTolerance: The search ends when a step changes every coordinate by less than this fraction of the
    ///     distance between its bounds.
    ///   - evaluationLimit: The greatest number of evaluations.
    /// - Precondition: Every upper bound is above its lower bound.
    package init(bounds: [ClosedRange<Double>], relativeTolerance: Double = 1e-9, evaluationLimit: Int = 200) {
        precondition(bounds.allSatisfy { $0.lowerBound < $0.upperBound }, "a search needs bounds that differ")
        self.bounds = bounds
        self.relativeTolerance = relativeTolerance
        self.evaluationLimit = evaluationLimit
    }

    /// Finds a local maximum near a starting point.
    ///
    /// NLopt's L-BFGS returns a generic failure, or `NLOPT_ROUNDOFF_LIMITED`, when no step along its direction gives an
    /// increase in floating-point arithmetic. The best point is then a valid result.
    ///
    /// - Parameters:
    ///   - start: The starting point; it is moved into the bounds if it lies outside.
    ///   - function: The value and gradient of the function at a point.
    /// - Returns: The best point that was evaluated, which is never worse than the start; `nil` if NLopt fails, for
    ///   example because the function is not finite.
    package func maximize(
        from start: [Double], _ function: (_ point: [Double]) -> (value: Double, gradient: [Double])
    ) -> Optimum? {
        precondition(start.count == bounds.count, "\(start.count) coordinates for \(bounds.count) bounds")
        guard let optimizer = nlopt_create(NLOPT_LD_LBFGS, UInt32(bounds.count)) else { return nil }
        defer { nlopt_destroy(optimizer) }
        return withoutActuallyEscaping(function) { function in
            let search = Search(function)
            let settings = [
                nlopt_set_lower_bounds(optimizer, bounds.map(\.lowerBound)),
                nlopt_set_upper_bounds(optimizer, bounds.map(\.upperBound)),
                nlopt_set_xtol_abs(optimizer, bounds.map { relativeTolerance * ($0.upperBound - $0.lowerBound) }),
                nlopt_set_maxeval(optimizer, Int32(evaluationLimit)),
                nlopt_set_max_objective(
                    optimizer,
                    { count, point, gradient, search in
                        // NLopt calls this only during `nlopt_optimize`, while `search` is alive.
                        guard let point, let search else { return 0 }
                        return Unmanaged<Search>.fromOpaque(search).takeUnretainedValue().evaluate(
                            UnsafeBufferPointer(start: point, count: Int(count)), gradient)
                    }, Unmanaged.passUnretained(search).toOpaque()),
            ]
            guard settings.allSatisfy({ $0.rawValue >= 0 }) else { return nil }
            var point = zip(start, bounds).map { min(max($0, $1.lowerBound), $1.upperBound) }
            var value = 0.0
            let result = withExtendedLifetime(search) { nlopt_optimize(optimizer, &point, &value) }
            let isUsable = result.rawValue > 0 || result == NLOPT_FAILURE || result == NLOPT_ROUNDOFF_LIMITED
            return isUsable ? search.best : nil
        }
    }

    /// The state of one search, which NLopt's C callback receives through its data pointer.
    private final class Search {
        private let function: ([Double]) -> (value: Double, gradient: [Double])
        private(set) var best: Optimum?

        init(_ function: @escaping ([Double]) -> (value: Double, gradient: [Double])) { self.function = function }

        /// Evaluates the function for NLopt, and records the best point.
        func evaluate(
            _ coordinates: UnsafeBufferPointer<Double>, _ gradient: UnsafeMutablePointer<Double>?
        ) -> Double {
            let point = Array(coordinates)
            let evaluation = function(point)
            if best.map({ evaluation.value > $0.value }) ?? true {
                best = Optimum(point: point, value: evaluation.value)
            }
            gradient?.update(from: evaluation.gradient, count: point.count)
            return evaluation.value
        }
    }
}
