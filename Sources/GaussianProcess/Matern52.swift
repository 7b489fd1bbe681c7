import Glibc

/// The Matérn covariance function with ν = 5/2, whose sample functions are twice differentiable.
///
/// k(x, x′) = (1 + a + a²/3) exp(−a) with a = √5 r and r² = Σ ((x_d − x′_d) / l_d)².
/// Rasmussen & Williams, "Gaussian Processes for Machine Learning", equation 4.17. Its variance is 1.
package struct Matern52: Kernel {
    /// The length scale l of every dimension, in the units of the points.
    package private(set) var lengthScales: [Double]

    /// The kernel with one length scale a dimension.
    package init(lengthScales: [Double]) {
        self.lengthScales = lengthScales
    }

    package var logHyperparameters: [Double] {
        get { lengthScales.map { log($0) } }
        set { lengthScales = newValue.map { exp($0) } }
    }

    package var variance: Double { 1 }

    package func covariance(of points: Points) -> Matrix {
        var covariance = Matrix(rows: points.count, columns: points.count)
        for column in 0..<points.count {
            covariance[column, column] = variance
            for row in column + 1..<points.count {
                covariance[row, column] = value(at: scaledDistance(points, row, points, column))
            }
        }
        return covariance
    }

    package func covariance(of rows: Points, with columns: Points) -> Matrix {
        var covariance = Matrix(rows: rows.count, columns: columns.count)
        for column in 0..<columns.count {
            for row in 0..<rows.count {
                covariance[row, column] = value(at: scaledDistance(rows, row, columns, column))
            }
        }
        return covariance
    }

    /// The derivatives by log l_d: ∂k/∂log l_d = 5/3 (1 + a) exp(−a) ((x_d − x′_d) / l_d)².
    package func gradient(of points: Points, weights: Matrix) -> [Double] {
        var gradient = Array(repeating: 0.0, count: points.dimension)
        for column in 0..<points.count {
            // A pair of different points counts twice; at distance 0 the derivative is 0.
            for row in column + 1..<points.count {
                let factor = 2 * weights[row, column] * slope(at: scaledDistance(points, row, points, column))
                for axis in 0..<points.dimension {
                    let difference = scaledDifference(points, row, points, column, axis)
                    gradient[axis] += factor * difference * difference
                }
            }
        }
        return gradient
    }

    /// The derivatives by x_d: ∂k/∂x_d = −5/3 (1 + a) exp(−a) (x_d − x′_d) / l_d².
    package func spatialGradient(at point: [Double], with points: Points) -> Matrix {
        let position = Points(dimension: points.dimension, coordinates: point)
        var gradient = Matrix(rows: points.count, columns: points.dimension)
        for row in 0..<points.count {
            let factor = -slope(at: scaledDistance(position, 0, points, row))
            for axis in 0..<points.dimension {
                gradient[row, axis] = factor * scaledDifference(position, 0, points, row, axis) / lengthScales[axis]
            }
        }
        return gradient
    }

    /// k as a function of a.
    private func value(at a: Double) -> Double {
        (1 + a + a * a / 3) * exp(-a)
    }

    /// 5/3 (1 + a) exp(−a), the factor that all derivatives share.
    private func slope(at a: Double) -> Double {
        5.0 / 3 * (1 + a) * exp(-a)
    }

    /// a = √5 r for the points `i` and `j` of two lists.
    private func scaledDistance(_ first: Points, _ i: Int, _ second: Points, _ j: Int) -> Double {
        var square = 0.0
        for axis in 0..<first.dimension {
            let difference = scaledDifference(first, i, second, j, axis)
            square += difference * difference
        }
        return (5 * square).squareRoot()
    }

    /// (x_d − x′_d) / l_d for the points `i` and `j` of two lists.
    private func scaledDifference(_ first: Points, _ i: Int, _ second: Points, _ j: Int, _ axis: Int) -> Double {
        let dimension = first.dimension
        return (first.coordinates[i * dimension + axis] - second.coordinates[j * dimension + axis])
            / lengthScales[axis]
    }
}
