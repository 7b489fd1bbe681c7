package import BayesianOptimization
import NumPyRandom
import Studies

/// How much of the variation of the surrogate's mean depends on each parameter: its total effect.
///
/// With f the mean, A and B independent uniform points of the space, and A_i the point A whose i-th parameter is that of B,
///
///     T_i = E[(f(A) − f(A_i))²] / (2 Var f),
///
/// estimated from 512 pairs (M. J. W. Jansen, "Analysis of variance designs for model output", Computer Physics Communications 117,
/// 1999; A. Saltelli et al., "Variance based sensitivity analysis of model output", Computer Physics Communications 181, 2010,
/// table 2 (f)). Interactions count for each of their parameters, so the sum may exceed 1. Uniform is on the scale of the parameter.
package struct Importances {
    /// The number of pairs of points.
    private static let pairs = 512

    /// The total effect of each parameter, in the order of the space; all 0 if the mean is constant.
    package let effects: [Double]

    /// Estimates the effects.
    ///
    /// - Throws: `OptimizerError`.
    package init(of surrogate: Surrogate, in space: ParameterSpace, seed: UInt32) throws(OptimizerError) {
        let axes = space.parameters.count
        var stream = RandomState(key: [seed, 6])
        func draw() -> [[Double]] { (0..<Self.pairs).map { _ in (0..<axes).map { _ in stream.double() } } }
        let (first, second) = (draw(), draw())
        func means(_ points: [[Double]]) throws(OptimizerError) -> [Double] {
            try surrogate.means(points.map { space.values(atUniform: $0) })
        }
        let base = try means(first)
        let mean = base.reduce(0, +) / Double(base.count)
        let variance = base.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(base.count)
        var effects: [Double] = []
        for axis in 0..<axes {
            let mixed = zip(first, second).map { point, other in
                var point = point
                point[axis] = other[axis]
                return point
            }
            let squares = zip(base, try means(mixed)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            effects.append(variance > 0 ? squares / Double(2 * base.count) / variance : 0)
        }
        self.effects = effects
    }
}
