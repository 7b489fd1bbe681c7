import Dispatch
import Glibc
import Synchronization

/// Fashion-MNIST: small grey pictures of clothes in ten classes.
///
/// H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
/// arXiv 1708.07747. The published files hold 60,000 images to train on and 10,000 to test on; any other number of
/// images in files of the same form is as good.
package struct FashionMNIST: Sendable {
    /// The number of classes.
    package static let classes = 10

    /// Rows, and columns, of an image.
    package static let imageSize = 28

    /// The folders that are searched if none is named: Debian's, and torchvision's below the working directory.
    package static let defaultFolders = ["/usr/share/datasets/fashion-mnist", "data/FashionMNIST/raw"]

    /// The images to train on.
    package let training: LabelledImages

    /// The images to test on.
    package let test: LabelledImages

    /// Any two sets of images.
    package init(training: LabelledImages, test: LabelledImages) {
        self.training = training
        self.test = test
    }

    /// Loads the data set from its four IDX files, each packed by gzip (`.gz`) or not.
    ///
    /// - Parameter folder: Where the files are. Without one, the first of ``defaultFolders`` that has them all is taken.
    /// - Throws: ``DatasetError/notFound(searched:)``, ``DatasetError/unreadable(file:reason:)`` and
    ///   ``DatasetError/corrupt(file:problem:)``. The counts of images and labels, the size of the images and the range of
    ///   the labels are checked.
    package static func load(from folder: String? = nil) throws(DatasetError) -> FashionMNIST {
        let parts = try find(in: folder.map { [$0] } ?? defaultFolders)
        // Unpacking takes a few tenths of a second; the two parts have nothing to do with each other.
        let results = Mutex<[Part: Result<LabelledImages, DatasetError>]>([:])
        DispatchQueue.concurrentPerform(iterations: Part.allCases.count) { index in
            let part = Part.allCases[index]
            let result = Result { () throws(DatasetError) in try loadImages(parts[part]!) }
            results.withLock { $0[part] = result }
        }
        let loaded = results.withLock { $0 }
        return FashionMNIST(training: try loaded[.training]!.get(), test: try loaded[.test]!.get())
    }

    /// One of the two sets of images.
    private enum Part: String, CaseIterable {
        case training = "train"
        case test = "t10k"
    }

    /// The files of one set of images.
    private struct Files {
        var images: String
        var labels: String
    }

    /// Looks for the files in one folder after the other.
    private static func find(in folders: [String]) throws(DatasetError) -> [Part: Files] {
        var missing: [DatasetError.MissingFile] = []
        for folder in folders {
            do throws(DatasetError.MissingFile) {
                var parts: [Part: Files] = [:]
                for part in Part.allCases {
                    parts[part] = Files(
                        images: try find("\(part.rawValue)-images-idx3-ubyte", in: folder),
                        labels: try find("\(part.rawValue)-labels-idx1-ubyte", in: folder))
                }
                return parts
            } catch {
                missing.append(error)
            }
        }
        throw .notFound(searched: missing)
    }

    /// The path of a file, packed or not.
    private static func find(_ file: String, in folder: String) throws(DatasetError.MissingFile) -> String {
        let path = folder.hasSuffix("/") ? folder + file : "\(folder)/\(file)"
        for candidate in [path + ".gz", path] where access(candidate, F_OK) == 0 { return candidate }
        throw DatasetError.MissingFile(folder: folder, file: file)
    }

    private static func loadImages(_ files: Files) throws(DatasetError) -> LabelledImages {
        // The labels first: they are small, and what is wrong with them is soon said.
        let labels = try IDXArray(file: files.labels, rank: 1).elements
        if let sample = labels.firstIndex(where: { $0 >= classes }) {
            throw .corrupt(
                file: files.labels,
                problem: .labelOutOfRange(label: labels[sample], sample: sample, classes: classes))
        }
        let images = try IDXArray(file: files.images, rank: 3)
        let (count, rows, columns) = (images.dimensions[0], images.dimensions[1], images.dimensions[2])
        guard rows == imageSize, columns == imageSize else {
            throw .corrupt(
                file: files.images, problem: .wrongImageSize(rows: rows, columns: columns, expected: imageSize))
        }
        guard labels.count == count else {
            throw .corrupt(file: files.labels, problem: .countMismatch(labels: labels.count, images: count))
        }
        return LabelledImages(pixels: images.elements, labels: labels, rows: rows, columns: columns)
    }
}

extension DatasetError.MissingFile: Error {}
