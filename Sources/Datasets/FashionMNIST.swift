/// The loader of Fashion-MNIST: small grey images of clothes in ten classes.
///
/// H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
/// arXiv 1708.07747. The published files have 60,000 training images and 10,000 test images. Files of the same format
/// with other numbers of images work too.
package enum FashionMNIST {
    /// One channel of 28 x 28 pixels, and the classes as the authors name them.
    package static let format = LabelledImages.Format(
        channels: 1, rows: 28, columns: 28,
        classNames: [
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
        ])

    /// The folders that are searched by default: Debian's, and torchvision's below the working directory.
    package static let defaultFolders = ["/usr/share/datasets/fashion-mnist", "data/FashionMNIST/raw"]

    private static let name = "Fashion-MNIST"

    /// Loads the data set from its four IDX files, each compressed by gzip (`.gz`) or not.
    ///
    /// - Parameter folder: The folder of the files. With `nil` it is the first of ``defaultFolders`` that has them all.
    /// - Throws: ``DatasetError/notFound(dataset:searched:remedy:)``, ``DatasetError/unreadable(_:)`` and
    ///   ``DatasetError/corrupt(file:problem:)``. The counts of images and labels, the size of the images and the range of
    ///   the labels are checked.
    package static func load(from folder: String? = nil) throws(DatasetError) -> ImageDataset {
        try find(ImagePart.allCases, from: folder).dataset
    }

    /// Loads one set of images, without the files of the other.
    ///
    /// - Throws: ``DatasetError``, as ``load(from:)``.
    package static func load(_ part: ImagePart, from folder: String? = nil) throws(DatasetError) -> LabelledImages {
        try find([part], from: folder).sets[part]!
    }

    /// Loads some sets of images.
    static func find(_ parts: [ImagePart], from folder: String? = nil) throws(DatasetError) -> FoundImages {
        let files = try files(for: parts, in: folder.map { [$0] } ?? defaultFolders)
        let (images, _) = try files.read(parts, format: format)
        return FoundImages(
            name: name, kind: "\(name)'s IDX files", path: files.folder,
            sets: Dictionary(uniqueKeysWithValues: zip(parts, images)), notes: [])
    }

    /// The files of the first of several folders that has all that some parts need.
    private static func files(for parts: [ImagePart], in folders: [String]) throws(DatasetError) -> IDXFiles {
        var missing: [DatasetError.MissingFile] = []
        var refusal: DatasetError?
        for folder in folders {
            do throws(DatasetError) {
                let found = try isThere(folder) ? IDXFiles.find(in: folder) : []
                let files = found.first { $0.prefix.isEmpty } ?? IDXFiles(folder: folder)
                guard let file = files.missing(for: parts) else { return files }
                missing.append(file)
            } catch {
                refusal = refusal ?? error
            }
        }
        // A folder that exists and can't be read is not missing.
        if let refusal { throw refusal }
        throw .notFound(
            dataset: name, searched: missing,
            remedy: "install the Debian package dataset-fashion-mnist, or name other images with --data")
    }
}
