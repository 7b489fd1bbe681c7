/// How to read the files of a data set, where that is not to be seen in them.
package struct ReadingOptions: Sendable, Equatable, Codable {
    /// Whether the columns of an IDX image stand in the file as its rows, as in EMNIST.
    package var isTransposed = false

    /// The order of the dimensions of colour images in NumPy's arrays; `nil` if their sizes tell it.
    package var layout: Layout?

    /// The order of the dimensions of colour images.
    package enum Layout: String, CaseIterable, Sendable, Codable {
        /// Samples, channels, rows, columns.
        case nchw

        /// Samples, rows, columns, channels.
        case nhwc
    }

    /// The length of the shorter side to which the images of a folder are brought, in pixels; `nil` for their own size.
    package var resize: Int?

    /// The share of the images of a folder that is drawn for testing; `nil` if there are folders for both parts.
    package var testShare: Double?

    /// Decides which images are drawn.
    package var seed: UInt32 = 10

    /// The options that a saved model has set.
    private var adopted: Set<Option> = []

    /// The members of a saved model's metadata.
    private enum CodingKeys: String, CodingKey { case isTransposed, layout, resize, testShare, seed }

    /// Options of the defaults.
    package init() {}

    /// Whether an option is set.
    package var areSet: Bool { !used.isEmpty }

    /// Sets the options that are not set to those of a saved model.
    ///
    /// Unlike those that a person sets, they may have no effect: the files need not be of the kind that the model was trained on.
    package mutating func adopt(_ other: ReadingOptions) {
        let old = Set(used)
        if !old.contains(.transpose) { isTransposed = other.isTransposed }
        if !old.contains(.layout) { layout = other.layout }
        if !old.contains(.resize) { resize = other.resize }
        if !old.contains(.testShare) { (testShare, seed) = (other.testShare, other.seed) }
        adopted = Set(used).subtracting(old)
    }

    /// An option, with the flag that sets it.
    enum Option: String {
        case transpose = "--transpose"
        case layout = "--layout"
        case resize = "--resize"
        case testShare = "--test-share"
    }

    /// The options that are set.
    private var used: [Option] {
        let states: [(Option, Bool)] = [
            (.transpose, isTransposed), (.layout, layout != nil), (.resize, resize != nil),
            (.testShare, testShare != nil),
        ]
        return states.filter(\.1).map(\.0)
    }

    /// Checks that only some options are set, because others would have no effect.
    ///
    /// - Throws: ``DatasetError/pointlessOption(_:kind:)``.
    func require(_ allowed: [Option], of kind: String) throws(DatasetError) {
        if let other = used.first(where: { !allowed.contains($0) && !adopted.contains($0) }) {
            throw .pointlessOption(other.rawValue, kind: kind)
        }
    }
}
