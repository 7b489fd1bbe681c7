import GaussianProcess

extension SurrogateFit {
    /// The process and the incumbent once pending trials return what the process predicts, which leaves nothing to learn close
    /// to them.
    ///
    /// - Parameter pending: The features of the pending trials, in their order.
    func fantasies(at pending: some Sequence<[Double]>) -> (posterior: MaternPosterior, incumbent: Double) {
        var (posterior, incumbent) = (posterior, incumbent)
        let noise = max(posterior.hyperparameters.noise, 1e-6)
        for features in pending {
            incumbent = min(incumbent, posterior.mean(at: features))
            // Where rounding leaves no factor, nothing is left to learn either.
            try? posterior.appendFantasy(at: features, noise: noise)
        }
        return (posterior, incumbent)
    }
}
