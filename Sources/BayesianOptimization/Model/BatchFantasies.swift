import GaussianProcess

extension SurrogateFit {
    /// The process and the incumbent with a fantasy for each pending trial: an observation of the predicted mean.
    ///
    /// - Parameter pending: The features of the pending trials, in their order.
    func fantasies(at pending: some Sequence<[Double]>) -> (posterior: MaternPosterior, incumbent: Double) {
        var (posterior, incumbent) = (posterior, incumbent)
        let noise = max(posterior.hyperparameters.noise, 1e-6)
        for features in pending {
            incumbent = min(incumbent, posterior.mean(at: features))
            // Without this fantasy if rounding leaves no factor: the point then coincides with others.
            try? posterior.appendFantasy(at: features, noise: noise)
        }
        return (posterior, incumbent)
    }
}
