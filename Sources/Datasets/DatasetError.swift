package import Platform

/// Why a data set could not be loaded or split.
package enum DatasetError: Error, Equatable, CustomStringConvertible {
    /// No folder holds all files of the data set; for every folder that was searched, the first file it lacks.
    case notFound(searched: [MissingFile])

    /// The operating system would not give a file's contents.
    case unreadable(FileError)

    /// A file holds something else than it should.
    case corrupt(file: String, problem: Problem)

    /// This many samples cannot be divided into this many folds.
    case impossibleSplit(samples: Int, folds: Int)

    /// A file that a folder lacks.
    package struct MissingFile: Error, Equatable, CustomStringConvertible {
        /// The folder that was searched.
        package let folder: String

        /// The name of the file, without the `.gz` it may have.
        package let file: String

        /// A file of nearly that name, if there is one.
        package let nearMiss: String?

        /// The folder and what it lacks.
        package var description: String {
            "\(folder) has no \(file).gz" + (nearMiss.map { " (\($0) must be renamed)" } ?? "")
        }
    }

    /// What is wrong with the contents of a file.
    package enum Problem: Equatable, Sendable {
        /// The file ends within the header, or within the gzip stream.
        case truncated

        /// The gzip stream is damaged; says what zlib found.
        case damaged(String)

        /// The file starts with another number than an IDX file of this kind.
        case wrongMagic(found: UInt32, expected: UInt32)

        /// The file ends before all elements that its header announces.
        case tooShort(expected: Int)

        /// The file goes on after the last element that its header announces.
        case tooLong(expected: Int)

        /// The header announces no elements, or more than there can be.
        case impossibleSize([Int])

        /// The images are not of the size they should be.
        case wrongImageSize(rows: Int, columns: Int, expected: Int)

        /// There is not one label for each image.
        case countMismatch(labels: Int, images: Int)

        /// A label names no class.
        case labelOutOfRange(label: UInt8, sample: Int, classes: Int)
    }

    /// What went wrong and what to do about it, in one line.
    package var description: String {
        switch self {
        case .notFound(let searched):
            "Fashion-MNIST was not found: \(searched.map(\.description).joined(separator: ", ")); install the Debian "
                + "package dataset-fashion-mnist, or name the folder of the four files with --data"
        case .unreadable(let error):
            error.description
        case .corrupt(let file, let problem):
            "\(file) is not usable: \(problem); replace it by the original file"
        case .impossibleSplit(let samples, let folds):
            "can't divide \(samples) samples into \(folds) folds: there must be at least 2 folds, and a sample for each"
        }
    }
}

extension DatasetError.Problem: CustomStringConvertible {
    /// The problem, as a clause.
    package var description: String {
        switch self {
        case .truncated:
            "it is cut off"
        case .damaged(let finding):
            "its compressed data is damaged (\(finding))"
        case .wrongMagic(let found, let expected):
            "it starts with the number \(found) and not with \(expected), so it holds something else"
        case .tooShort(let expected):
            "it ends before the \(expected) bytes that its header announces"
        case .tooLong(let expected):
            "it goes on after the \(expected) bytes that its header announces"
        case .impossibleSize(let dimensions):
            "its header announces the impossible size \(dimensions.map(String.init).joined(separator: " x "))"
        case .wrongImageSize(let rows, let columns, let expected):
            "its images have \(rows) x \(columns) pixels and not \(expected) x \(expected)"
        case .countMismatch(let labels, let images):
            "it holds \(labels) labels for \(images) images"
        case .labelOutOfRange(let label, let sample, let classes):
            "the label of sample \(sample) is \(label), but there are only the classes 0 to \(classes - 1)"
        }
    }
}
