import Backend

/// The numbers of a stack of models on a backend, and the slices that layers use.
struct StackState<B: Backend> {
    let layout: StateLayout
    let models: Int
    /// `[model][parameterCount]`.
    let parameters: B.Parameters
    /// The loss's gradient in every parameter, of the same shape.
    let gradients: B.Parameters
    /// Running means and variances, `[model][statisticCount]`.
    let statistics: B.Parameters

    init(_ layout: StateLayout, models: Int, on backend: B) throws(BackendError) {
        self.layout = layout
        self.models = models
        parameters = try backend.makeParameters(models: models, count: layout.parameterCount)
        gradients = try backend.makeParameters(models: models, count: layout.parameterCount)
        statistics = try backend.makeParameters(models: models, count: layout.statisticCount)
    }

    /// The numbers of an entry.
    func values(_ name: String) -> B.Slice {
        let entry = layout[name]
        return B.Slice(entry.isTrainable ? parameters : statistics, offset: entry.offset, count: entry.count)
    }

    /// The gradient of a trainable entry.
    func gradient(_ name: String) -> B.Slice {
        let entry = layout[name]
        return B.Slice(gradients, offset: entry.offset, count: entry.count)
    }
}
