import NumPyRandom

extension StateDictionary {
    /// The weights that training starts from, which NumPy can replay.
    ///
    /// One stream `RandomState([seed, 0])` runs over all entries in the order of `state_dict()`:
    /// `uniform(-b, b, size)` in float64, then rounded to float32, with `b = 1 / sqrt(fan_in)` for weights and biases
    /// alike, the distribution of PyTorch's default initialisation. Batch norm draws nothing and starts at weight 1,
    /// bias 0, mean 0 and variance 1.
    package init(initial layout: StateLayout, seed: UInt32) {
        var random = RandomState(key: [seed, 0])
        self.init(
            parameters: Array(repeating: 0, count: layout.parameterCount),
            statistics: Array(repeating: 0, count: layout.statisticCount))
        for entry in layout.entries {
            switch entry.role {
            case .weight(let fanIn):
                let bound = 1 / Double(fanIn).squareRoot()
                set((0..<entry.count).map { _ in Float(random.uniform(-bound, bound)) }, of: entry)
            case .normWeight, .runningVariance:
                set(Array(repeating: 1, count: entry.count), of: entry)
            case .normBias, .runningMean, .batchesTracked:
                break
            }
        }
    }
}
