/// The binary version of CIFAR-10 and CIFAR-100: colour images of 32 x 32 pixels.
///
/// A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009; https://www.cs.toronto.edu/~kriz/cifar.html.
/// A file is a row of records: one label (CIFAR-10) or a coarse and a fine one (CIFAR-100), and the pixels of the red, the green
/// and the blue channel. The fine labels of CIFAR-100 are used.
struct CIFAR {
    /// One of the two data sets.
    private struct Kind {
        let name: String
        let classes: Int
        /// The labels of a record; the last one is used.
        let labels: Int
        /// The file with a class name in each line.
        let classFile: String
    }

    private static let pixels = 3 * 32 * 32

    private let kind: Kind
    private let folder: String
    private let files: [ImagePart: [String]]

    /// The data set in a folder with some names; `nil` without a file of one.
    init?(in folder: String, names: [String]) {
        self.folder = folder
        // In the order of their numbers: 10 follows 9.
        let batches = names.compactMap { name in
            name.wholeMatch(of: /data_batch_([0-9]{1,4})\.bin/).map { (Int($0.1)!, name) }
        }
        .sorted { $0 < $1 }.map(\.1)
        if !batches.isEmpty || names.contains("test_batch.bin") {
            kind = Kind(name: "CIFAR-10", classes: 10, labels: 1, classFile: "batches.meta.txt")
            files = [.training: batches, .test: names.filter { $0 == "test_batch.bin" }]
        } else if names.contains("train.bin") || names.contains("test.bin") {
            kind = Kind(name: "CIFAR-100", classes: 100, labels: 2, classFile: "fine_label_names.txt")
            files = [.training: names.filter { $0 == "train.bin" }, .test: names.filter { $0 == "test.bin" }]
        } else {
            return nil
        }
    }

    /// Reads some parts.
    ///
    /// - Throws: ``DatasetError``.
    func read(_ parts: [ImagePart]) throws(DatasetError) -> FoundImages {
        var notes = kind.labels == 2 ? ["the fine labels are used"] : []
        let format = LabelledImages.Format(channels: 3, rows: 32, columns: 32, classNames: try classNames(&notes))
        var sets: [ImagePart: LabelledImages] = [:]
        for part in parts { sets[part] = try read(part, format: format) }
        return FoundImages(name: kind.name, kind: "\(kind.name)'s binary files", path: folder, sets: sets, notes: notes)
    }

    /// The names of the classes; numbers if there is no file of names.
    private func classNames(_ notes: inout [String]) throws(DatasetError) -> [String] {
        let numbers = (0..<kind.classes).map { "\($0)" }
        let file = path(of: kind.classFile, in: folder)
        guard try isThere(file) else { return numbers }
        let text = String(decoding: try contents(of: file), as: UTF8.self)
        let names = text.split(whereSeparator: \.isNewline).map { $0.replacing(/\s+$/, with: "") }.filter {
            !$0.isEmpty
        }
        guard names.count == kind.classes else {
            notes.append("\(kind.classFile) has \(names.count) names for \(kind.classes) classes and is not used")
            return numbers
        }
        return names.map(String.init)
    }

    /// Reads one part.
    private func read(_ part: ImagePart, format: LabelledImages.Format) throws(DatasetError) -> LabelledImages {
        let names = files[part]!
        guard !names.isEmpty else {
            let name = part == .training ? "data_batch_1.bin" : "test_batch.bin"
            let missing = kind.labels == 1 ? name : part == .training ? "train.bin" : "test.bin"
            throw .unusable(folder, reason: "it has no \(missing)", remedy: "add this file of \(kind.name)")
        }
        var (pixels, labels): ([UInt8], [UInt8]) = ([], [])
        for name in names { try read(path(of: name, in: folder), pixels: &pixels, labels: &labels) }
        return LabelledImages(pixels: pixels, labels: labels, format: format)
    }

    /// Appends the records of a file.
    private func read(_ file: String, pixels: inout [UInt8], labels: inout [UInt8]) throws(DatasetError) {
        let bytes = try contents(of: file)
        let size = kind.labels + Self.pixels
        guard !bytes.isEmpty, bytes.count % size == 0 else {
            throw .unusable(
                file, reason: "it ends at byte \(bytes.count), which is no multiple of the \(size) bytes of a record",
                remedy: "replace it by the original file of \(kind.name)")
        }
        pixels.reserveCapacity(pixels.count + bytes.count)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let label = bytes[start + kind.labels - 1]
            guard label < kind.classes else {
                throw .unusable(
                    file,
                    reason: "the label at byte \(start + kind.labels - 1) is \(label), and there are only the classes "
                        + "0 to \(kind.classes - 1)", remedy: "replace it by the original file of \(kind.name)")
            }
            labels.append(label)
            pixels += bytes[(start + kind.labels)..<(start + size)]
        }
    }
}
