/// The Cholesky factor L of a symmetric positive definite matrix A = L Lᵀ.
///
/// Not LAPACK's, because a threaded BLAS rounds differently as the number of threads changes (OpenBLAS does from 40
/// rows on), and no result may depend on that. The loops run down columns, which are contiguous. For the hundreds of
/// rows that an optimiser sees, what a library gains by blocking is little.
struct Cholesky: Sendable {
    /// L in the lower triangle; what stands above the diagonal means nothing.
    private let factor: Matrix

    /// Factorises a symmetric matrix, of which only the lower triangle is read.
    ///
    /// - Precondition: The matrix is square.
    /// - Throws: ``GaussianProcessError/notPositiveDefinite(order:)`` where there is no factor.
    init(_ matrix: consuming Matrix) throws(GaussianProcessError) {
        let order = matrix.rows
        precondition(matrix.columns == order, "a matrix of \(order) x \(matrix.columns) has no Cholesky factor")
        let failure: Int? = matrix.elements.withUnsafeMutableBufferPointer { elements in
            for column in 0..<order {
                let current = column * order
                for previous in stride(from: 0, to: current, by: order) {
                    let multiple = elements[previous + column]
                    for row in column..<order { elements[current + row] -= multiple * elements[previous + row] }
                }
                let pivot = elements[current + column]
                guard pivot > 0, pivot.isFinite else { return column + 1 }
                let root = pivot.squareRoot()
                for row in column..<order { elements[current + row] /= root }
            }
            return nil
        }
        if let failure { throw .notPositiveDefinite(order: failure) }
        factor = matrix
    }

    /// The elements on the diagonal of L.
    var diagonal: [Double] {
        (0..<factor.rows).map { factor[$0, $0] }
    }

    /// The vector x of A x = `vector`.
    func solve(_ vector: [Double]) -> [Double] {
        var column = Matrix(rows: vector.count, columns: 1)
        column.elements = vector
        return backwardSubstitute(forwardSubstitute(column)).elements
    }

    /// The matrix X of L X = `matrix`.
    func forwardSubstitute(_ matrix: consuming Matrix) -> Matrix {
        let order = factor.rows
        precondition(matrix.rows == order, "\(matrix.rows) rows do not match a factor of \(order)")
        let count = matrix.columns * order
        factor.elements.withUnsafeBufferPointer { factor in
            matrix.elements.withUnsafeMutableBufferPointer { solution in
                for current in stride(from: 0, to: count, by: order) {
                    for pivot in 0..<order where solution[current + pivot] != 0 {
                        let value = solution[current + pivot] / factor[pivot * order + pivot]
                        solution[current + pivot] = value
                        for row in pivot + 1..<order {
                            solution[current + row] -= value * factor[pivot * order + row]
                        }
                    }
                }
            }
        }
        return matrix
    }

    /// The matrix X of Lᵀ X = `matrix`.
    func backwardSubstitute(_ matrix: consuming Matrix) -> Matrix {
        let order = factor.rows
        precondition(matrix.rows == order, "\(matrix.rows) rows do not match a factor of \(order)")
        let count = matrix.columns * order
        factor.elements.withUnsafeBufferPointer { factor in
            matrix.elements.withUnsafeMutableBufferPointer { solution in
                for current in stride(from: 0, to: count, by: order) {
                    for pivot in (0..<order).reversed() {
                        let below = factor.extracting((pivot * order + pivot + 1)..<(pivot + 1) * order)
                        let found = solution.extracting((current + pivot + 1)..<(current + order))
                        let known = dot(below.span, found.span)
                        solution[current + pivot] =
                            (solution[current + pivot] - known) / factor[pivot * order + pivot]
                    }
                }
            }
        }
        return matrix
    }

    /// A⁻¹.
    func inverse() -> Matrix {
        var identity = Matrix(rows: factor.rows, columns: factor.rows)
        for index in 0..<factor.rows { identity[index, index] = 1 }
        return backwardSubstitute(forwardSubstitute(identity))
    }
}
