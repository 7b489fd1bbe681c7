/// A data set: images to train on and images to test on, in the same classes.
package struct ImageDataset: Sendable {
    /// The name, for people: `Fashion-MNIST`.
    package let name: String

    /// The images to train on.
    package let training: LabelledImages

    /// The images to test on, of the same format.
    package let test: LabelledImages

    /// The folder of the files; empty for images that come from no file.
    package let folder: String

    /// Creates a data set from two sets of images.
    ///
    /// - Precondition: Both sets have the same format.
    package init(name: String, training: LabelledImages, test: LabelledImages, folder: String = "") {
        precondition(training.format == test.format, "\(name): the images to train on and to test on differ")
        self.name = name
        self.training = training
        self.test = test
        self.folder = folder
    }

    /// The shape of an image, and the classes.
    package var format: LabelledImages.Format { training.format }

    /// The data set with its first `limit` training images, or all if there are fewer; the test images stay whole.
    ///
    /// - Precondition: `limit` is not negative.
    package func limited(training limit: Int) -> ImageDataset {
        ImageDataset(name: name, training: training.prefix(limit), test: test, folder: folder)
    }

    /// The data set with another normalisation.
    package func normalized(by normalization: Normalization?) -> ImageDataset {
        ImageDataset(
            name: name, training: training.normalized(by: normalization), test: test.normalized(by: normalization),
            folder: folder)
    }
}
