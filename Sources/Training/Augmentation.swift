package import Backend
import NumPyRandom

/// The random changes of training images, drawn anew for every epoch.
///
/// What comes from outside of the image and what is cut out is 0 in what the network reads.
package struct Augmentation: OptionSet, Sendable {
    /// Left and right are exchanged with a probability of one half (torchvision's `RandomHorizontalFlip`).
    package static let flip = Augmentation(rawValue: 1)

    /// An eighth of the height and of the width is added on each side, and a part of the old size is cut out at random
    /// (torchvision's `RandomCrop` with a padding, which is 4 pixels for an image of 32).
    package static let crop = Augmentation(rawValue: 2)

    /// A rectangle of half of the height and half of the width becomes 0; its middle is a random pixel (DeVries and Taylor,
    /// arXiv 1708.04552).
    package static let cutout = Augmentation(rawValue: 4)

    /// The names, in the order in which the changes are drawn and made.
    package static let names = [("flip", flip), ("crop", crop), ("cutout", cutout)]

    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// The names of its members, separated by commas.
    package var text: String {
        Self.names.filter { contains($0.1) }.map(\.0).joined(separator: ",")
    }

    /// The changes of an epoch, one for each sample in the epoch's order.
    ///
    /// They are drawn as NumPy's `RandomState([seed, 3, fold, epoch])` does, and for replicates r = 1, 2, ... as
    /// `RandomState([seed, 3, fold, epoch, r])`: `u = random_sample((samples, k))` has for each sample a number for the flip, the
    /// row and the column of the crop, and the row and the column of the rectangle's middle, of those that are asked for. A flip
    /// is a number below 1/2; a row or a column, of n possible ones, is `floor(u n)`.
    package func changes(
        samples: Int, of image: Extent, seed: UInt32, fold: Int, epoch: Int, replicate: Int = 0
    ) -> [ImageChange] {
        let first = [seed, 3, UInt32(fold), UInt32(epoch)]
        var random = RandomState(key: replicate == 0 ? first : first + [UInt32(replicate)])
        func draw(below count: Int) -> Int { Int(random.double() * Double(count)) }
        let padding = Extent(height: Self.padding(image.height), width: Self.padding(image.width))
        return (0..<samples).map { _ in
            var change = ImageChange()
            if contains(.flip) { change.flips = random.double() < 0.5 }
            if contains(.crop) {
                change.rows = Int16(clamping: draw(below: 2 * padding.height + 1) - padding.height)
                change.columns = Int16(clamping: draw(below: 2 * padding.width + 1) - padding.width)
            }
            if contains(.cutout) {
                let top = draw(below: image.height) - image.height / 2 / 2
                let left = draw(below: image.width) - image.width / 2 / 2
                change.hole = ImageChange.Hole(
                    top: Int16(clamping: top), left: Int16(clamping: left),
                    bottom: Int16(clamping: top + image.height / 2),
                    right: Int16(clamping: left + image.width / 2))
            }
            return change
        }
    }

    /// The pixels that a crop adds on each side: an eighth, rounded.
    private static func padding(_ side: Int) -> Int { (side + 4) / 8 }
}
