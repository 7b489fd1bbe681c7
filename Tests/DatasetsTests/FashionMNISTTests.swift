import Foundation
import Testing

import Datasets

/// Loading of valid files.
struct FashionMNISTTests {
    @Test("Every pixel and label is at the right index", arguments: [true, false])
    func contents(packed: Bool) throws {
        let folder = try DataSetFolder(packed: packed, training: 150)
        let data = try folder.load()
        #expect(data.training.count == 150)
        #expect(data.test.count == 3)
        for images in [data.training, data.test] {
            #expect(images.rows == 28)
            #expect(images.columns == 28)
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

    @Test("A prefix has the first samples, at most all of them", arguments: [0, 1, 6, 7, 8, 60000])
    func prefix(limit: Int) throws {
        let images = try DataSetFolder().load().training
        let prefix = images.prefix(limit)
        #expect(prefix.count == min(limit, 7))
        #expect(prefix.labels == Array(images.labels.prefix(limit)))
        #expect(prefix.pixels == Array(images.pixels.prefix(limit * 28 * 28)))
        #expect(prefix.rows == 28 && prefix.columns == 28)
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
