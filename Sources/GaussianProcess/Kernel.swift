/// A covariance function k(x, x′), with the hyperparameters θ that shape it.
///
/// Hyperparameters are positive, and everything here sees their natural logarithms: a search in them needs no other
/// constraint, and a factor of two is the same step everywhere.
package protocol Kernel: Sendable, Equatable {
    /// The natural logarithms of the hyperparameters.
    var logHyperparameters: [Double] { get set }

    /// The variance k(x, x), the same at every point.
    var variance: Double { get }

    /// The covariances of points with themselves, `points.count` x `points.count`.
    ///
    /// Only the lower triangle and the diagonal need to be right.
    func covariance(of points: Points) -> Matrix

    /// The covariances of every point of the one list with every point of the other, `rows.count` x `columns.count`.
    func covariance(of rows: Points, with columns: Points) -> Matrix

    /// The weighted sums of the derivatives of the covariances by each hyperparameter: Σ w_ij ∂k(x_i, x_j)/∂log θ.
    ///
    /// The sum runs over all pairs, and `weights` is symmetric: only its lower triangle and diagonal are read. One such sum
    /// is all that the gradient of a likelihood needs, so that no array of derivative matrices is ever made.
    func gradient(of points: Points, weights: Matrix) -> [Double]

    /// The derivatives ∂k(x, x_i)/∂x of the covariances between one point and others, `points.count` x d.
    func spatialGradient(at point: [Double], with points: Points) -> Matrix
}
