import Datasets
import Foundation
import TestSupport

/// A temporary folder with a small data set in the format of Fashion-MNIST, which is removed with this object.
final class DataSetFolder {
    /// Names of the four files, without `.gz`.
    static let names = [
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ]

    private let folder: TemporaryFolder

    var path: String { folder.path }

    /// Writes the four files.
    ///
    /// - Parameters:
    ///   - packed: Whether the files are compressed by gzip.
    ///   - training: The number of training images; there are 3 test images.
    init(packed: Bool = true, training: Int = 7) throws {
        folder = try TemporaryFolder()
        for (name, count) in zip(Self.names, [training, training, 3, 3]) {
            let contents = name.contains("images") ? Self.images(count) : Self.labels(count)
            try write(packed ? gzip(contents) : contents, to: packed ? name + ".gz" : name)
        }
    }

    /// The path of a file of the folder.
    func path(_ file: String) -> String { file.isEmpty ? path : folder.path(file) }

    /// Loads the data set; the folder lives at least until that is done.
    func load() throws(DatasetError) -> ImageDataset {
        defer { withExtendedLifetime(self) {} }
        return try FashionMNIST.load(from: path)
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        try folder.write(bytes, to: file)
    }

    func remove(_ file: String) throws {
        try FileManager.default.removeItem(atPath: path(file))
    }

    /// An IDX file of images whose pixel at (sample, row, column) is given by ``pixel(_:_:_:)``.
    static func images(_ count: Int, size: Int = 28) -> [UInt8] {
        let pixels = (0..<count).flatMap { sample in
            (0..<size * size).map { pixel(sample, $0 / size, $0 % size) }
        }
        return idxFile([count, size, size], pixels)
    }

    /// An IDX file of the labels 0, 3, 6, 9, 2, ...
    static func labels(_ count: Int) -> [UInt8] {
        idxFile([count], (0..<count).map(label))
    }

    static func pixel(_ sample: Int, _ row: Int, _ column: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: sample * 101 + row * 31 + column * 7)
    }

    static func label(_ sample: Int) -> UInt8 { UInt8(sample * 3 % 10) }
}
