import CNLopt

/// Finds a local maximum of a smooth function within bounds, with NLopt.
package struct LocalMaximizer: Sendable {
    /// A point and the value of the function there.
    package struct Optimum: Sendable, Equatable {
        /// The coordinates.
        package var point: [Double]

        /// The value of the function.
        package var value: Double
    }

    /// The lower and upper bound of each coordinate.
    package var bounds: [ClosedRange<Double>]

    /// The search ends when a step changes every coordinate by less than this part of the distance of its bounds.
    package var relativeTolerance: Double

    /// The search ends after so many evaluations at the latest.
    package var evaluationLimit: Int

    /// A search within bounds.
    ///
    /// - Precondition: Every upper bound is above its lower bound.
    package init(bounds: [ClosedRange<Double>], relativeTolerance: Double = 1e-9, evaluationLimit: Int = 200) {
        precondition(bounds.allSatisfy { $0.lowerBound < $0.upperBound }, "a search needs room between its bounds")
        self.bounds = bounds
        self.relativeTolerance = relativeTolerance
        self.evaluationLimit = evaluationLimit
    }

    /// Climbs from a starting point to a maximum near it.
    ///
    /// - Parameters:
    ///   - start: Where to begin; moved into the bounds if it is outside.
    ///   - function: The value and gradient of the function at a point.
    /// - Returns: The best point seen, which is never worse than the start.
    /// - Throws: What `function` throws, and ``GaussianProcessError/optimization(_:)`` if NLopt can't search at all.
    package func maximize(
        from start: [Double], _ function: (_ point: [Double]) throws -> (value: Double, gradient: [Double])
    ) throws -> Optimum {
        precondition(start.count == bounds.count, "\(start.count) coordinates for \(bounds.count) bounds")
        guard let optimizer = nlopt_create(NLOPT_LD_LBFGS, UInt32(bounds.count)) else {
            throw GaussianProcessError.optimization("out of memory")
        }
        defer { nlopt_destroy(optimizer) }

        return try withoutActuallyEscaping(function) { function in
            let search = Search(optimizer: optimizer, dimension: bounds.count, function: function)
            var point = zip(start, bounds).map { min(max($0, $1.lowerBound), $1.upperBound) }
            try configure(optimizer, for: search)
            var value = 0.0
            let result = withExtendedLifetime(search) { nlopt_optimize(optimizer, &point, &value) }
            return try search.outcome(of: result)
        }
    }

    /// Hands bounds, tolerances and the function to NLopt.
    private func configure(_ optimizer: nlopt_opt, for search: Search) throws(GaussianProcessError) {
        let results = [
            nlopt_set_lower_bounds(optimizer, bounds.map(\.lowerBound)),
            nlopt_set_upper_bounds(optimizer, bounds.map(\.upperBound)),
            nlopt_set_xtol_abs(optimizer, bounds.map { relativeTolerance * ($0.upperBound - $0.lowerBound) }),
            nlopt_set_maxeval(optimizer, Int32(evaluationLimit)),
            nlopt_set_max_objective(
                optimizer,
                { _, point, gradient, search in
                    // NLopt calls this during `nlopt_optimize` alone, while `search` is alive, with as many coordinates
                    // as it was created with.
                    guard let point, let search else { return 0 }
                    return Unmanaged<Search>.fromOpaque(search).takeUnretainedValue().evaluate(point, gradient)
                }, Unmanaged.passUnretained(search).toOpaque()),
        ]
        if let failure = results.first(where: { $0.rawValue < 0 }) {
            throw .optimization(String(cString: nlopt_result_to_string(failure)))
        }
    }

    /// The state of one search: what NLopt's C callback reaches through its data pointer.
    private final class Search {
        private let optimizer: nlopt_opt
        private let dimension: Int
        private let function: ([Double]) throws -> (value: Double, gradient: [Double])
        private var best: Optimum?
        private var failure: (any Error)?

        init(
            optimizer: nlopt_opt, dimension: Int,
            function: @escaping ([Double]) throws -> (value: Double, gradient: [Double])
        ) {
            self.optimizer = optimizer
            self.dimension = dimension
            self.function = function
        }

        /// Answers NLopt, and remembers the best point.
        func evaluate(_ coordinates: UnsafePointer<Double>, _ gradient: UnsafeMutablePointer<Double>?) -> Double {
            let point = Array(UnsafeBufferPointer(start: coordinates, count: dimension))
            do {
                let evaluation = try function(point)
                if best.map({ evaluation.value > $0.value }) ?? true {
                    best = Optimum(point: point, value: evaluation.value)
                }
                gradient?.update(from: evaluation.gradient, count: dimension)
                return evaluation.value
            } catch {
                failure = error
                nlopt_force_stop(optimizer)
                return -.infinity
            }
        }

        /// The best point, unless the search could not be made.
        ///
        /// L-BFGS ends with a generic failure, or with one that blames rounding, when no step along its direction brings
        /// an increase that floating-point numbers can show. Then the best point is as good as the search can make it.
        func outcome(of result: nlopt_result) throws -> Optimum {
            if let failure { throw failure }
            let usable = result.rawValue > 0 || result == NLOPT_FAILURE || result == NLOPT_ROUNDOFF_LIMITED
            guard usable, let best else {
                throw GaussianProcessError.optimization(String(cString: nlopt_result_to_string(result)))
            }
            return best
        }
    }
}
