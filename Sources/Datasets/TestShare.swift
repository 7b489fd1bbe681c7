import NumPyRandom

extension LabelledImages {
    /// A division into images to train on and to test on.
    ///
    /// The test images are the first `round(share * count)` of NumPy's `RandomState([seed, 5]).permutation(count)`. Both sets
    /// keep the order of the images.
    ///
    /// - Returns: The two sets; `nil` if one would be empty.
    func divided(testShare share: Double, seed: UInt32) -> (training: LabelledImages, test: LabelledImages)? {
        let size = Int((share * Double(count)).rounded())
        guard size > 0, size < count else { return nil }
        var random = RandomState(key: [seed, 5])
        let order = random.permutation(count)
        return (subset(order[size...].sorted()), subset(order[..<size].sorted()))
    }

    /// The images with some indices.
    package func subset(_ indices: [Int]) -> LabelledImages {
        let bytes = format.imageBytes
        return LabelledImages(
            pixels: indices.flatMap { pixels[$0 * bytes..<($0 + 1) * bytes] }, labels: indices.map { labels[$0] },
            format: format)
    }
}
