import TestSupport
import Testing

import Datasets
import Platform

/// IDX files of any size, number of classes and naming.
struct IDXFilesTests {
    /// Writes a data set of images of 2 x 3 pixels; the pixel at (row, column) of image n is 100 n + 10 row + column.
    private func write(
        _ names: [String], training: [UInt8] = [0, 2, 1], test: [UInt8] = [2, 0], packed: Bool = false,
        to folder: TemporaryFolder
    ) throws {
        for (name, labels) in zip(names, [training, training, test, test]) {
            let pixels = labels.indices.flatMap { n in (0..<6).map { UInt8(100 * n + 10 * ($0 / 3) + $0 % 3) } }
            let file =
                name.contains("images") ? idxFile([labels.count, 2, 3], pixels) : idxFile([labels.count], labels)
            try folder.write(packed ? gzip(file) : file, to: packed ? name + ".gz" : name)
        }
    }

    private static let usual = DataSetFolder.names

    private static let emnist = [
        "emnist-letters-train-images-idx3-ubyte", "emnist-letters-train-labels-idx1-ubyte",
        "emnist-letters-test-images-idx3-ubyte", "emnist-letters-test-labels-idx1-ubyte",
    ]

    @Test(
        "Every usual name is found, packed or not",
        arguments: [
            usual, usual.map { $0.replacing("-idx", with: ".idx") }, usual.map { $0.replacing("-", with: "_") },
            usual.map { $0.replacing("t10k", with: "test") }, emnist,
        ], [true, false])
    func names(names: [String], packed: Bool) throws {
        let folder = try TemporaryFolder()
        try write(names, packed: packed, to: folder)
        let found = try ImageSource(folder.path).load()
        #expect(
            found.dataset.training.pixels == [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112, 200, 201, 202]
                + [210, 211, 212])
        #expect(found.dataset.training.labels == [0, 2, 1] && found.dataset.test.labels == [2, 0])
        #expect(
            found.summary
                == "IDX files in \(folder.path): 3 training and 2 test images, 1 x 2 x 3, 3 classes")
    }

    @Test("Transposing exchanges rows and columns")
    func transposed() throws {
        let folder = try TemporaryFolder()
        try write(Self.emnist, to: folder)
        var options = ReadingOptions()
        options.isTransposed = true
        let images = try ImageSource(folder.path, options: options).load([.test]).sets[.test]!
        #expect(images.format.rows == 3 && images.format.columns == 2)
        #expect(images.pixels == [0, 10, 1, 11, 2, 12, 100, 110, 101, 111, 102, 112])
    }

    @Test("Labels that start at 1 are shifted, in both sets, and it is said", arguments: [[.test], ImagePart.allCases])
    func shifted(parts: [ImagePart]) throws {
        let folder = try TemporaryFolder()
        try write(Self.usual, training: [26, 1, 3], test: [2, 7], to: folder)
        let found = try ImageSource(folder.path).load(parts)
        #expect(found.sets[.test]?.labels == [1, 6])
        #expect(parts.count == 1 || found.sets[.training]?.labels == [25, 0, 2])
        #expect(found.sets[.test]?.format.classes == 26)
        #expect(found.notes == ["the labels start at 1 and were shifted to 0"])
    }

    @Test("One part has the classes of both")
    func classes() throws {
        let folder = try TemporaryFolder()
        try write(Self.usual, training: [0, 255, 1], test: [2, 1], to: folder)
        let found = try ImageSource(folder.path).load([.test])
        #expect(found.sets[.test]?.format.classes == 256)
        #expect(found.sets[.test]?.labels == [2, 1])
        #expect(found.notes.isEmpty)
    }

    @Test("Of several data sets in a folder, one is named by the beginning of its files")
    func several() throws {
        let folder = try TemporaryFolder()
        try write(Self.emnist, to: folder)
        try write(Self.emnist.map { $0.replacing("letters", with: "digits") }, training: [0, 1, 0], to: folder)
        let error = #expect(throws: DatasetError.self) { try ImageSource(folder.path).load() }
        #expect(
            error?.description
                == "\(folder.path) is not usable: it holds the IDX files of 2 data sets; name one of them: --data "
                + "\(folder.path)/emnist-digits or \(folder.path)/emnist-letters")
        let found = try ImageSource(folder.path("emnist-digits")).load()
        #expect(found.name == "emnist-digits" && found.dataset.training.labels == [0, 1, 0])
        #expect(
            throws: DatasetError.unreadable(
                FileError(folder.path("emnist"), doing: "read", reason: "No such file or directory"))
        ) {
            try ImageSource(folder.path("emnist")).load()
        }
    }

    @Test("A test set of another size is refused")
    func sizes() throws {
        let folder = try TemporaryFolder()
        try write(Self.usual, to: folder)
        let name = "t10k-images-idx3-ubyte"
        try folder.write(idxFile([2, 3, 2], [UInt8](repeating: 0, count: 12)), to: name)
        #expect(
            throws: DatasetError.corrupt(
                file: folder.path(name),
                problem: .wrongImageSize(rows: 3, columns: 2, expectedRows: 2, expectedColumns: 3))
        ) {
            try ImageSource(folder.path).load()
        }
    }

    @Test("A missing file is named", arguments: DataSetFolder.names)
    func missing(name: String) throws {
        let folder = try TemporaryFolder()
        try write(Self.usual.filter { $0 != name }, to: folder)
        let error = #expect(throws: DatasetError.self) { try ImageSource(folder.path).load() }
        #expect(error?.description.contains("\(folder.path) is not usable: it has no \(name), packed") == true)
    }

    @Test("A folder without images and a flag without effect are refused")
    func nothing() throws {
        let folder = try TemporaryFolder()
        try folder.write("text", to: "readme")
        for path in [folder.path, folder.path("readme")] {
            let error = #expect(throws: DatasetError.self) { try ImageSource(path).load() }
            #expect(error?.description.hasPrefix("\(path) is not usable: it holds no images") == true)
        }
        var options = ReadingOptions()
        options.isTransposed = true
        #expect(throws: DatasetError.pointlessOption("--transpose", kind: "Fashion-MNIST's IDX files")) {
            try ImageSource(nil, options: options).load()
        }
    }
}
