import GaussianProcess

extension MarginalLikelihood {
    /// The derivatives of the density by the logarithms, from central differences.
    ///
    /// They err by step²/6 of a third derivative of size n, and by rounding of 10⁻¹⁴ over the step.
    func centralDifferences(at logarithms: [Double], in workspace: inout Workspace, step: Double = 1e-5) -> [Double] {
        logarithms.indices.map { axis in
            var (below, above) = (logarithms, logarithms)
            below[axis] -= step
            above[axis] += step
            return (evaluate(above, in: &workspace).value - evaluate(below, in: &workspace).value) / (2 * step)
        }
    }
}
