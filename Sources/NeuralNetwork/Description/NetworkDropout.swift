extension NetworkDescription {
    /// The network with a dropout before its last linear layer, whose probability is that of the training.
    ///
    /// A network that has such a dropout stays as it is.
    package func withDropout() -> NetworkDescription {
        let hasDropout = layers.contains { $0.kind == .dropout(probability: nil) }
        guard !hasDropout, let last = layers.lastIndex(where: { $0.kind.type == .linear }) else { return self }
        var changed = self
        changed.layers.insert(NetworkLayer("dropout", .dropout(probability: nil)), at: last)
        return changed
    }
}
