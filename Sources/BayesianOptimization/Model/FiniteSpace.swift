extension SurrogateFit {
    /// Whether a point may be suggested that was evaluated before.
    ///
    /// In a finite space, estimated noise alone is no reason: between different points it may be roughness.
    var allowsRepeats: Bool {
        let isFinite = ledger.map.space.axes.allSatisfy { $0.levelCount != nil }
        return configuration.allowsRepeats
            && (settings.separatesPoints && isFinite ? noiseSupport.isNoisy : !isNoiseFree)
    }

    /// Whether the space is finite and all of its points have been evaluated.
    var isExhausted: Bool {
        guard let count = ledger.map.space.pointCount, ledger.trials.count >= count else { return false }
        return ledger.knownPoints.count == count
    }
}
