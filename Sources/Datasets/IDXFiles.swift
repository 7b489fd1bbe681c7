import Dispatch
import Synchronization

/// The four IDX files of a data set of the MNIST family.
///
/// Their names are `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, and the same with `t10k` or `test`, with dashes, dots
/// or underscores between the words, compressed by gzip (`.gz`) or not. The files of EMNIST begin with the name of the split:
/// `emnist-letters-train-images-idx3-ubyte`.
struct IDXFiles {
    /// What a file holds.
    private struct Role: Hashable {
        let part: ImagePart
        let isImages: Bool

        /// The name of the file in the original data set.
        var file: String {
            (part == .training ? "train" : "t10k") + (isImages ? "-images-idx3-ubyte" : "-labels-idx1-ubyte")
        }
    }

    /// The folder of the files.
    let folder: String

    /// The beginning of the names, as `emnist-letters-`; empty for most data sets.
    let prefix: String

    /// The names of the files.
    private var names: [Role: String] = [:]

    /// The data sets of a folder, in the order of their prefixes.
    ///
    /// - Throws: ``DatasetError/unreadable(_:)``.
    static func find(in folder: String) throws(DatasetError) -> [IDXFiles] {
        var found: [String: IDXFiles] = [:]
        // In a fixed order: of `x` and `x.gz`, the compressed file is taken.
        for name in try Datasets.names(in: folder).sorted() {
            guard let (prefix, role) = parse(name) else { continue }
            found[prefix, default: IDXFiles(folder: folder, prefix: prefix)].names[role] = name
        }
        return found.values.sorted { $0.prefix < $1.prefix }
    }

    /// A data set none of whose files has been found.
    init(folder: String, prefix: String = "") {
        self.folder = folder
        self.prefix = prefix
    }

    /// The beginning of a name with dashes between its words, and the role of the file; `nil` for other files.
    private static func parse(_ name: String) -> (prefix: String, role: Role)? {
        var words = name.lowercased().replacing(/[._]/, with: "-")
        if words.hasSuffix("-gz") { words.removeLast(3) }
        for (word, part) in [("train", ImagePart.training), ("t10k", .test), ("test", .test)] {
            for (ending, isImages) in [("-images-idx3-ubyte", true), ("-labels-idx1-ubyte", false)] {
                guard words.hasSuffix(word + ending) else { continue }
                let prefix = String(words.dropLast((word + ending).count))
                if prefix.isEmpty || prefix.hasSuffix("-") { return (prefix, Role(part: part, isImages: isImages)) }
            }
        }
        return nil
    }

    /// The first file that is needed for some parts and missing.
    func missing(for parts: [ImagePart]) -> DatasetError.MissingFile? {
        let roles = parts.flatMap { part in [true, false].map { Role(part: part, isImages: $0) } }
        return roles.first { names[$0] == nil }.map { .init(folder: folder, file: prefix + $0.file) }
    }

    /// The path of a file that is not missing.
    private func path(_ part: ImagePart, isImages: Bool) -> String? {
        names[Role(part: part, isImages: isImages)].map { Datasets.path(of: $0, in: folder) }
    }

    /// Reads some parts.
    ///
    /// The classes are those of the labels of all parts, whose files are small.
    ///
    /// - Parameters:
    ///   - format: The required format; `nil` for that of the files.
    ///   - names: The names of the classes, used if there are as many classes; numbers otherwise.
    ///   - isTransposed: Whether the columns of an image stand in the file as its rows.
    /// - Returns: The images in the order of `parts`, and whether labels that start at 1 were shifted.
    /// - Throws: ``DatasetError/corrupt(file:problem:)`` and ``DatasetError/unreadable(_:)``.
    /// - Precondition: No file of the parts is missing.
    func read(
        _ parts: [ImagePart], format: LabelledImages.Format? = nil, names: [String] = [],
        isTransposed: Bool = false
    ) throws(DatasetError) -> (images: [LabelledImages], isShifted: Bool) {
        var labels: [ImagePart: [UInt8]] = [:]
        // The labels are read first, because their errors are found quickly.
        for part in format == nil ? ImagePart.allCases : parts {
            guard let file = path(part, isImages: false) else { continue }
            labels[part] = try IDXArray(file: file, rank: 1).elements
            if let format, let sample = labels[part]!.firstIndex(where: { $0 >= format.classes }) {
                throw .corrupt(
                    file: file,
                    problem: .labelOutOfRange(
                        label: labels[part]![sample], sample: sample, classes: format.classes))
            }
        }
        let isShifted = format == nil && labels.values.compactMap { $0.min() }.min() == 1
        if isShifted { labels = labels.mapValues { $0.map { $0 - 1 } } }
        let classes = Int(labels.values.compactMap { $0.max() }.max() ?? 0) + 1

        let arrays = try readImages(parts.map { path($0, isImages: true)! })
        var size = (rows: arrays[0].dimensions[1], columns: arrays[0].dimensions[2])
        if isTransposed { size = (size.columns, size.rows) }
        let format =
            format
            ?? LabelledImages.Format(
                channels: 1, rows: size.rows, columns: size.columns,
                classNames: names.count == classes ? names : (0..<classes).map { "\($0)" })
        let images = try zip(parts, arrays).map { part, array throws(DatasetError) in
            let (count, rows, columns) = (array.dimensions[0], array.dimensions[1], array.dimensions[2])
            guard (isTransposed ? [columns, rows] : [rows, columns]) == [format.rows, format.columns] else {
                throw .corrupt(
                    file: path(part, isImages: true)!,
                    problem: .wrongImageSize(
                        rows: rows, columns: columns, expectedRows: isTransposed ? format.columns : format.rows,
                        expectedColumns: isTransposed ? format.rows : format.columns))
            }
            guard labels[part]!.count == count else {
                throw .corrupt(
                    file: path(part, isImages: false)!,
                    problem: .countMismatch(labels: labels[part]!.count, images: count))
            }
            let pixels = isTransposed ? transposed(array.elements, rows: rows, columns: columns) : array.elements
            return LabelledImages(pixels: pixels, labels: labels[part]!, format: format)
        }
        return (images, isShifted)
    }

    /// Reads files of images in parallel, because decompression takes a few tenths of a second.
    private func readImages(_ files: [String]) throws(DatasetError) -> [IDXArray] {
        let results = Mutex<[Int: Result<IDXArray, DatasetError>]>([:])
        DispatchQueue.concurrentPerform(iterations: files.count) { index in
            let result = Result { () throws(DatasetError) in try IDXArray(file: files[index], rank: 3) }
            results.withLock { $0[index] = result }
        }
        let loaded = results.withLock { $0 }
        return try files.indices.map { index throws(DatasetError) in try loaded[index]!.get() }
    }
}

/// Images with rows and columns exchanged.
func transposed(_ pixels: [UInt8], rows: Int, columns: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, count in
        var index = 0
        for start in stride(from: 0, to: pixels.count, by: rows * columns) {
            for column in 0..<columns {
                for row in 0..<rows {
                    buffer[index] = pixels[start + row * columns + column]
                    index += 1
                }
            }
        }
        count = index
    }
}
