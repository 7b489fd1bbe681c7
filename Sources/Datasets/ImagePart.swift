/// One of the two sets of images of a data set.
package enum ImagePart: Int, CaseIterable, Sendable {
    /// The images to train on.
    case training

    /// The images to test on.
    case test

    /// The part in words: "training".
    var word: String { self == .training ? "training" : "test" }
}
