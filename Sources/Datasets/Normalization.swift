/// What is subtracted from the pixels of each channel, and what the difference is then divided by, in fp32.
///
/// Pixels are those from 0 to 1, so both are in this unit, as in torchvision's `Normalize`.
package struct Normalization: Sendable, Hashable, Codable {
    /// What is subtracted, for each channel.
    package let means: [Float]

    /// What the difference is divided by, for each channel.
    package let deviations: [Float]

    /// Creates a normalisation; `nil` if the numbers of both differ, a number is not finite, or a deviation is not above 0.
    package init?(means: [Float], deviations: [Float]) {
        guard means.count == deviations.count, means.allSatisfy(\.isFinite),
            deviations.allSatisfy({ $0.isFinite && $0 > 0 })
        else { return nil }
        self.means = means
        self.deviations = deviations
    }

    /// A pixel of a channel.
    package func value(_ pixel: Float, channel: Int) -> Float { (pixel - means[channel]) / deviations[channel] }

    /// Those of the images themselves, so that each channel has the mean 0 and the deviation 1.
    ///
    /// - Throws: ``DatasetError/unusable(_:reason:remedy:)`` for a channel in which all pixels are equal.
    package init(of images: LabelledImages) throws(DatasetError) {
        let statistics = ImageStatistics(of: images)
        means = statistics.means.map { Float($0) }
        deviations = statistics.deviations.map { Float($0) }
        if let channel = deviations.firstIndex(where: { $0 <= 0 }) {
            throw .unusable(
                "--normalize dataset", reason: "all pixels of channel \(channel) are equal",
                remedy: "use --normalize none")
        }
    }
}
