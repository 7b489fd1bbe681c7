import CLAPACK
import Glibc

/// The Cholesky factor L of a symmetric positive definite matrix A = L Lᵀ.
struct Cholesky: Sendable {
    /// Tells LAPACK that the lower triangle is the one that counts.
    private static let lower = CChar(UInt8(ascii: "L"))

    /// L in the lower triangle; what stands above the diagonal means nothing.
    private let factor: Matrix

    private var order: Int32 { Int32(factor.rows) }

    /// Factorises a symmetric matrix, of which only the lower triangle is read.
    ///
    /// - Precondition: The matrix is square and not empty.
    /// - Throws: ``GaussianProcessError/notPositiveDefinite(order:)`` where there is no factor.
    init(_ matrix: consuming Matrix) throws(GaussianProcessError) {
        precondition(
            matrix.rows == matrix.columns && matrix.rows > 0,
            "a \(matrix.rows) x \(matrix.columns) matrix has no Cholesky factor")
        let order = Int32(matrix.rows)
        let code = LAPACKE_dpotrf(LAPACK_COL_MAJOR, Self.lower, order, &matrix.elements, order)
        if code > 0 { throw .notPositiveDefinite(order: Int(code)) }
        try Self.check(code, of: "dpotrf")
        factor = matrix
    }

    /// The natural logarithm of the determinant of A.
    var logDeterminant: Double {
        2 * (0..<factor.rows).reduce(0) { $0 + log(factor[$1, $1]) }
    }

    /// The vector x of A x = `vector`.
    func solve(_ vector: [Double]) throws(GaussianProcessError) -> [Double] {
        var solution = vector
        let code = LAPACKE_dpotrs(LAPACK_COL_MAJOR, Self.lower, order, 1, factor.elements, order, &solution, order)
        try Self.check(code, of: "dpotrs")
        return solution
    }

    /// The matrix X of L X = `matrix`, by forward substitution.
    ///
    /// Not LAPACK's: a threaded one may round a column differently as the number of columns or threads changes, and a
    /// prediction shall not depend on what else is asked for.
    func forwardSubstitute(_ matrix: consuming Matrix) -> Matrix {
        precondition(matrix.rows == factor.rows, "\(matrix.rows) rows can't be solved for with \(factor.rows)")
        let order = factor.rows
        let columns = matrix.columns
        factor.elements.withUnsafeBufferPointer { factor in
            matrix.elements.withUnsafeMutableBufferPointer { solution in
                for offset in stride(from: 0, to: columns * order, by: order) {
                    for pivot in 0..<order {
                        let value = solution[offset + pivot] / factor[pivot * order + pivot]
                        solution[offset + pivot] = value
                        for row in pivot + 1..<order {
                            solution[offset + row] -= value * factor[pivot * order + row]
                        }
                    }
                }
            }
        }
        return matrix
    }

    /// The lower triangle of A⁻¹; what stands above the diagonal means nothing.
    func inverse() throws(GaussianProcessError) -> Matrix {
        var inverse = factor
        let code = LAPACKE_dpotri(LAPACK_COL_MAJOR, Self.lower, order, &inverse.elements, order)
        try Self.check(code, of: "dpotri")
        return inverse
    }

    private static func check(_ code: Int32, of routine: String) throws(GaussianProcessError) {
        if code != 0 { throw .linearAlgebra(routine: routine, code: Int(code)) }
    }
}
