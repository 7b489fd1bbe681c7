package import Platform

/// A failure to load or split a data set.
package enum DatasetError: Error, Equatable, CustomStringConvertible {
    /// No folder has all files of a data set; with its name, the first missing file of every searched folder, and what a
    /// person can do.
    case notFound(dataset: String, searched: [MissingFile], remedy: String)

    /// The operating system can't read a file.
    case unreadable(FileError)

    /// The contents of a file are not valid.
    case corrupt(file: String, problem: Problem)

    /// Files that are not what the program reads: the file or folder, the reason with the offset if there is one, and what a
    /// person can do, both as clauses.
    case unusable(String, reason: String, remedy: String)

    /// A flag that has no effect on files of a kind.
    case pointlessOption(String, kind: String)

    /// The number of samples can't be divided into the number of folds.
    case impossibleSplit(samples: Int, folds: Int)

    /// The largest class has fewer samples than there are folds.
    case impossibleStratification(samples: Int, folds: Int)

    /// A file that is missing in a folder.
    package struct MissingFile: Error, Equatable, CustomStringConvertible {
        /// The folder that was searched.
        package let folder: String

        /// The name of the file, without `.gz`.
        package let file: String

        /// The folder and the missing file.
        package var description: String { "\(folder) has no \(file).gz" }
    }

    /// A problem with the contents of a file.
    package enum Problem: Equatable, Sendable {
        /// The file ends within the header, or within the gzip stream.
        case truncated

        /// The gzip stream is damaged, with the message of zlib.
        case damaged(String)

        /// The file starts with a different magic number from an IDX file of this kind.
        case wrongMagic(found: UInt32, expected: UInt32)

        /// The file ends before all elements that its header announces.
        case tooShort(expected: Int)

        /// The file continues after the last element that its header announces.
        case tooLong(expected: Int)

        /// The header announces no elements, or more than possible.
        case impossibleSize([Int])

        /// The images have the wrong size.
        case wrongImageSize(rows: Int, columns: Int, expectedRows: Int, expectedColumns: Int)

        /// The numbers of labels and images differ.
        case countMismatch(labels: Int, images: Int)

        /// A label is not that of a class.
        case labelOutOfRange(label: UInt8, sample: Int, classes: Int)
    }

    /// The error and a remedy, as one line of text.
    package var description: String {
        switch self {
        case .notFound(let dataset, let searched, let remedy):
            "\(dataset) was not found: \(searched.map(\.description).joined(separator: ", ")); \(remedy)"
        case .unreadable(let error):
            error.description
        case .corrupt(let file, let problem):
            "\(file) is not usable: \(problem); replace it by the original file"
        case .unusable(let file, let reason, let remedy):
            "\(file) is not usable: \(reason); \(remedy)"
        case .pointlessOption(let flag, let kind):
            "\(flag) is not for \(kind), which the images are; leave it out"
        case .impossibleSplit(let samples, let folds):
            "can't divide \(samples) samples into \(folds) folds: there must be at least 2 folds, and a sample for each"
        case .impossibleStratification(let samples, let folds):
            "can't divide every class into \(folds) folds: the largest class has \(samples) samples; use fewer folds"
        }
    }
}

extension DatasetError.Problem: CustomStringConvertible {
    /// The problem, as a clause.
    package var description: String {
        switch self {
        case .truncated:
            "it is truncated"
        case .damaged(let finding):
            "its compressed data is damaged (\(finding))"
        case .wrongMagic(let found, let expected):
            "it starts with the number \(found) and not with \(expected), so it has another format"
        case .tooShort(let expected):
            "it ends before the \(expected) bytes that its header announces"
        case .tooLong(let expected):
            "it continues after the \(expected) bytes that its header announces"
        case .impossibleSize(let dimensions):
            "its header announces the invalid size \(dimensions.map(String.init).joined(separator: " x "))"
        case .wrongImageSize(let rows, let columns, let expectedRows, let expectedColumns):
            "its images have \(rows) x \(columns) pixels and not \(expectedRows) x \(expectedColumns)"
        case .countMismatch(let labels, let images):
            "it holds \(labels) labels for \(images) images"
        case .labelOutOfRange(let label, let sample, let classes):
            "the label of sample \(sample) is \(label), but there are only the classes 0 to \(classes - 1)"
        }
    }
}
