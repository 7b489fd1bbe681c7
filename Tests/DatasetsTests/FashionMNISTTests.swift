import Foundation
import Testing

import Datasets

/// Loading of valid files.
struct FashionMNISTTests {
    @Test("Every pixel and label is at the right index", arguments: [true, false])
    func contents(packed: Bool) throws {
        let folder = try DataSetFolder(packed: packed, training: 150)
        let data = try folder.load()
        #expect(data.name == "Fashion-MNIST")
        #expect(data.folder == folder.path)
        #expect(data.training.count == 150)
        #expect(data.test.count == 3)
        for images in [data.training, data.test] {
            #expect(images.format == FashionMNIST.format)
            #expect(images.labels == (0..<images.count).map(DataSetFolder.label))
            #expect(images.pixels == Array(DataSetFolder.images(images.count).dropFirst(16)))
        }
    }

    @Test("A trailing slash of the folder changes nothing")
    func trailingSlash() throws {
        let folder = try DataSetFolder()
        defer { withExtendedLifetime(folder) {} }
        #expect(try FashionMNIST.load(from: folder.path + "/").training.count == 7)
    }

    @Test("If a file exists compressed and not compressed, the compressed one is read")
    func mixture() throws {
        let folder = try DataSetFolder()
        try folder.remove("t10k-labels-idx1-ubyte.gz")
        try folder.write(DataSetFolder.labels(3), to: "t10k-labels-idx1-ubyte")
        try folder.write([1, 2, 3], to: "train-labels-idx1-ubyte")
        #expect(try folder.load().test.count == 3)
    }

    @Test("Several concatenated gzip streams are one file, as in RFC 1952")
    func members() throws {
        let folder = try DataSetFolder()
        let bytes = DataSetFolder.images(7)
        // The cuts are in the header, in an image, and at an empty member at the end.
        let parts = [bytes[..<5], bytes[5..<2000], bytes[2000...], bytes[bytes.endIndex...]]
        try folder.write(parts.flatMap { gzip(Array($0)) }, to: "train-images-idx3-ubyte.gz")
        #expect(try folder.load().training.pixels == Array(bytes.dropFirst(16)))
    }

    @Test("The format is that of the paper")
    func format() {
        let format = FashionMNIST.format
        #expect(format.channels == 1 && format.rows == 28 && format.columns == 28 && format.classes == 10)
        #expect(format.classNames[0] == "T-shirt/top")
        #expect(format.classNames[9] == "Ankle boot")
        #expect(Set(format.classNames).count == 10)
    }

    /// Made with Python from the pixels and labels of ``DataSetFolder``; recorded studies hold such sums.
    @Test("The checksum of recorded studies stays")
    func checksum() throws {
        #expect(try DataSetFolder().load().checksum == "fa401f7f9993c2b8")
    }

    /// Sums made with Python's gzip and zlib modules from the published files.
    @Test(
        "The published data set, byte for byte",
        .enabled(if: FileManager.default.fileExists(atPath: FashionMNIST.defaultFolders[0]), "no data set installed"))
    func published() throws {
        let data = try FashionMNIST.load(from: FashionMNIST.defaultFolders[0])
        #expect(data.training.count == 60000)
        #expect(data.test.count == 10000)
        #expect(crc32(data.training.labels) == 0x2ed6_e46a)
        #expect(crc32(data.test.labels) == 0x242b_c73f)
        #expect(crc32(data.training.pixels) == 0xae65_dccd)
        #expect(crc32(data.test.pixels) == 0x1272_8439)
    }
}
