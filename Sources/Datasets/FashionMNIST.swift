import Dispatch
import Platform
import Synchronization

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

    /// One of the two sets of images.
    package enum Part: String, CaseIterable, Sendable {
        /// The images to train on.
        case training = "train"

        /// The images to test on.
        case test = "t10k"
    }

    /// Loads the data set from its four IDX files, each compressed by gzip (`.gz`) or not.
    ///
    /// - Parameter folder: The folder of the files. With `nil` it is the first of ``defaultFolders`` that has them all.
    /// - Throws: ``DatasetError/notFound(dataset:searched:remedy:)``, ``DatasetError/unreadable(_:)`` and
    ///   ``DatasetError/corrupt(file:problem:)``. The counts of images and labels, the size of the images and the range of
    ///   the labels are checked.
    package static func load(from folder: String? = nil) throws(DatasetError) -> ImageDataset {
        let (parts, folder) = try load(Part.allCases, from: folder)
        return ImageDataset(name: name, training: parts[0], test: parts[1], folder: folder)
    }

    /// Loads one set of images, without the files of the other.
    ///
    /// - Throws: ``DatasetError``, as ``load(from:)``.
    package static func load(_ part: Part, from folder: String? = nil) throws(DatasetError) -> LabelledImages {
        try load([part], from: folder).images[0]
    }

    private static func load(
        _ parts: [Part], from folder: String?
    ) throws(DatasetError) -> (images: [LabelledImages], folder: String) {
        let (files, folder) = try find(parts, in: folder.map { [$0] } ?? defaultFolders)
        // Decompression takes a few tenths of a second, so the two parts are loaded in parallel.
        let results = Mutex<[Int: Result<LabelledImages, DatasetError>]>([:])
        DispatchQueue.concurrentPerform(iterations: files.count) { index in
            let result = Result { () throws(DatasetError) in try loadImages(files[index]) }
            results.withLock { $0[index] = result }
        }
        let loaded = results.withLock { $0 }
        return (try files.indices.map { index throws(DatasetError) in try loaded[index]!.get() }, folder)
    }

    /// The files of one set of images.
    private typealias Files = (images: String, labels: String)

    /// Finds the files of some parts in one of several folders.
    private static func find(
        _ parts: [Part], in folders: [String]
    ) throws(DatasetError) -> (files: [Files], folder: String) {
        var missing: [DatasetError.MissingFile] = []
        var refusal: FileError?
        for folder in folders {
            do {
                let files = try parts.map { part in
                    (
                        images: try find("\(part.rawValue)-images-idx3-ubyte", in: folder),
                        labels: try find("\(part.rawValue)-labels-idx1-ubyte", in: folder)
                    )
                }
                return (files, folder)
            } catch let error as DatasetError.MissingFile {
                missing.append(error)
            } catch {
                refusal = refusal ?? error as? FileError
            }
        }
        // A file that exists and can't be read is not missing.
        if let refusal { throw .unreadable(refusal) }
        throw .notFound(
            dataset: name, searched: missing,
            remedy: "install the Debian package dataset-fashion-mnist, "
                + "or name the folder of the four files with --data")
    }

    /// The path of a file, compressed or not.
    ///
    /// - Throws: ``DatasetError/MissingFile`` and `FileError`.
    private static func find(_ file: String, in folder: String) throws -> String {
        let path = folder.hasSuffix("/") ? folder + file : "\(folder)/\(file)"
        for candidate in [path + ".gz", path] where try InputFile.isThere(candidate) { return candidate }
        // Some archives name the files with other dots and dashes: train-images.idx3-ubyte.
        let nearMiss = try? Folder.contents(folder).first { name in
            let name = name.lowercased().replacing(/[._]/, with: "-")
            return name == file || name == file + "-gz"
        }
        throw DatasetError.MissingFile(folder: folder, file: file, nearMiss: nearMiss)
    }

    private static func loadImages(_ files: Files) throws(DatasetError) -> LabelledImages {
        // The labels are read first, because they are small and their errors are found quickly.
        let labels = try IDXArray(file: files.labels, rank: 1).elements
        if let sample = labels.firstIndex(where: { $0 >= format.classes }) {
            throw .corrupt(
                file: files.labels,
                problem: .labelOutOfRange(label: labels[sample], sample: sample, classes: format.classes))
        }
        let images = try IDXArray(file: files.images, rank: 3)
        let (count, rows, columns) = (images.dimensions[0], images.dimensions[1], images.dimensions[2])
        guard rows == format.rows, columns == format.columns else {
            throw .corrupt(
                file: files.images,
                problem: .wrongImageSize(
                    rows: rows, columns: columns, expectedRows: format.rows, expectedColumns: format.columns))
        }
        guard labels.count == count else {
            throw .corrupt(file: files.labels, problem: .countMismatch(labels: labels.count, images: count))
        }
        return LabelledImages(pixels: images.elements, labels: labels, format: format)
    }
}
