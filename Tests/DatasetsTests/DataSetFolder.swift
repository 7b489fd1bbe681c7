import Datasets
import Foundation

/// A temporary folder with a small data set in the format of Fashion-MNIST, which is removed with this object.
final class DataSetFolder {
    /// Names of the four files, without `.gz`.
    static let names = [
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ]

    let url: URL

    var path: String { url.path }

    /// Writes the four files.
    ///
    /// - Parameters:
    ///   - packed: Whether the files are compressed by gzip.
    ///   - training: The number of training images; there are 3 test images.
    init(packed: Bool = true, training: Int = 7) throws {
        url = FileManager.default.temporaryDirectory.appending(path: "DatasetsTests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for (name, count) in zip(Self.names, [training, training, 3, 3]) {
            let contents = name.contains("images") ? Self.images(count) : Self.labels(count)
            try write(packed ? gzip(contents) : contents, to: packed ? name + ".gz" : name)
        }
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// The path of a file of the folder.
    func path(_ file: String) -> String { file.isEmpty ? path : "\(path)/\(file)" }

    /// Loads the data set; the folder lives at least until that is done.
    func load() throws(DatasetError) -> ImageDataset {
        defer { withExtendedLifetime(self) {} }
        return try FashionMNIST.load(from: path)
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        try Data(bytes).write(to: url.appending(path: file))
    }

    func remove(_ file: String) throws {
        try FileManager.default.removeItem(at: url.appending(path: file))
    }

    /// An IDX file of images whose pixel at (sample, row, column) is given by ``pixel(_:_:_:)``.
    static func images(_ count: Int, size: Int = 28) -> [UInt8] {
        let header = bigEndian(UInt32(0x803)) + [count, size, size].flatMap { bigEndian(UInt32($0)) }
        return (0..<count).reduce(into: header) { bytes, sample in
            for row in 0..<size {
                for column in 0..<size { bytes.append(pixel(sample, row, column)) }
            }
        }
    }

    /// An IDX file of the labels 0, 3, 6, 9, 2, ...
    static func labels(_ count: Int) -> [UInt8] {
        bigEndian(UInt32(0x801)) + bigEndian(UInt32(count)) + (0..<count).map(label)
    }

    static func pixel(_ sample: Int, _ row: Int, _ column: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: sample * 101 + row * 31 + column * 7)
    }

    static func label(_ sample: Int) -> UInt8 { UInt8(sample * 3 % 10) }
}
