import Foundation
import TestSupport
import Testing

import Datasets

/// A picture that Pillow has decoded, from `scripts/make-image-golden`.
private struct Golden: Decodable, Sendable, CustomTestStringConvertible {
    let file: String
    let channels: Int
    let rows: Int
    let columns: Int
    let pixels: Data

    var testDescription: String { file }

    private struct Pictures: Decodable { let pictures: [Golden] }

    static let pictures: [Golden] = (GoldenJSON.read("images/pictures.json", in: .module) as Pictures).pictures
}

/// An image at another size by Pillow.
private struct Resized: Decodable, Sendable, CustomTestStringConvertible {
    let channels: Int
    let rows: Int
    let columns: Int
    let pixels: Data
    let size: Int
    let resized: Data

    var testDescription: String { "\(rows) x \(columns) to \(size)" }

    private struct Images: Decodable { let images: [Resized] }

    static let images: [Resized] = (GoldenJSON.read("images/resized.json", in: .module) as Images).images
}

/// Folders of PNG and JPEG images.
struct ImageFolderTests {
    /// Copies golden files to the folders of classes: `train/x/1.png` from `rgb.png`.
    private func folder(_ files: KeyValuePairs<String, String>) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (path, golden) in files {
            try FileManager.default.createDirectory(
                at: URL(filePath: folder.path(path)).deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: goldenImage(golden), toPath: folder.path(path))
        }
        return folder
    }

    @Test("Every picture as Pillow decodes it", arguments: Golden.pictures)
    private func decoding(picture: Golden) throws {
        let folder = try folder([
            "train/a/1.\(picture.file.suffix(3))": picture.file, "test/a/x.\(picture.file.suffix(3))": picture.file,
        ])
        let data = try ImageSource(folder.path).load().dataset
        #expect(data.format.channels == picture.channels)
        #expect(data.format.rows == picture.rows && data.format.columns == picture.columns)
        #expect(data.training.pixels == Array(picture.pixels))
        #expect(data.test.pixels == data.training.pixels)
    }

    @Test("Resizing is Pillow's, to the bit", arguments: Resized.images)
    private func resizing(image: Resized) throws {
        let folder = try TemporaryFolder()
        for part in ["train", "test"] {
            try FileManager.default.createDirectory(
                atPath: folder.path("\(part)/a"), withIntermediateDirectories: true)
            try folder.write(png(image), to: "\(part)/a/1.png")
        }
        var options = ReadingOptions()
        options.resize = image.size
        let data = try ImageSource(folder.path, options: options).load().dataset
        #expect(data.format.rows == image.size && data.format.columns == image.size)
        #expect(data.training.pixels == Array(image.resized))
    }

    /// A PNG file of colours with stored blocks (W3C, "Portable Network Graphics"), made without libpng and zlib.
    private func png(_ image: Resized) -> [UInt8] {
        let (plane, pixels) = (image.rows * image.columns, Array(image.pixels))
        var rows: [UInt8] = []
        for row in 0..<image.rows {
            rows.append(0)
            for column in 0..<image.columns {
                for channel in 0..<3 { rows.append(pixels[channel * plane + row * image.columns + column]) }
            }
        }
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in rows {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        var packed: [UInt8] = [0x78, 1]
        for start in stride(from: 0, to: rows.count, by: 65535) {
            let block = rows[start..<min(start + 65535, rows.count)]
            packed.append(block.endIndex == rows.count ? 1 : 0)
            packed += littleEndian(UInt16(block.count)) + littleEndian(~UInt16(block.count)) + block
        }
        packed += bigEndian(b << 16 | a)
        func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
            bigEndian(UInt32(data.count)) + Array(name.utf8) + data + bigEndian(crc32(Array(name.utf8) + data))
        }
        let header = bigEndian(UInt32(image.columns)) + bigEndian(UInt32(image.rows)) + [8, 2, 0, 0, 0]
        return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + chunk("IHDR", header) + chunk("IDAT", packed)
            + chunk("IEND", [])
    }

    @Test("Classes and images are in the order of their names; one colour image makes all of them colour images")
    func order() throws {
        let folder = try folder([
            "train/b/2.png": "grey.png", "train/b/10.png": "rgb.png", "train/B/x.PNG": "grey.png",
            "train/a é/1.png": "grey.png", "test/b/1.png": "grey.png",
        ])
        for file in ["train/b/notes.txt", "train/b/.hidden.png", "train/.git"] { try folder.write("x", to: file) }
        let found = try ImageSource(folder.path).load()
        let data = found.dataset
        #expect(data.format.classNames == ["B", "a é", "b"])
        #expect(data.training.labels == [0, 1, 2, 2] && data.test.labels == [2])
        let (grey, colour) = (
            Golden.pictures.first { $0.file == "grey.png" }!, Golden.pictures.first { $0.file == "rgb.png" }!
        )
        let expected = [grey.pixels, grey.pixels, grey.pixels]
        #expect(data.test.pixels == expected.flatMap { $0 })
        // 10.png comes before 2.png.
        #expect(data.training.pixels == (expected + expected + [colour.pixels] + expected).flatMap { $0 })
        #expect(found.notes == ["1 other file ignored"])
    }

    /// The indices are from NumPy 2.4: `numpy.random.RandomState([10, 5]).permutation(12)[:3]` and the same with seed 3.
    @Test("A test share is drawn as NumPy draws it", arguments: [10: [2, 9, 10], 3: [3, 4, 11]] as [UInt32: [Int]])
    func testShare(seed: UInt32, drawn: [Int]) throws {
        let folder = try TemporaryFolder()
        for index in 0..<12 {
            let name = "\(index / 4)"
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: goldenImage("orientation-\(index % 8 + 1).jpg"), toPath: folder.path("\(name)/\(index % 4).jpg")
            )
        }
        var options = ReadingOptions()
        options.resize = 13
        options.testShare = 0.25
        options.seed = seed
        let found = try ImageSource(folder.path, options: options).load()
        #expect(found.dataset.test.labels == drawn.map { UInt8($0 / 4) })
        let rest = (0..<12).filter { !drawn.contains($0) }
        #expect(found.dataset.training.labels == rest.map { UInt8($0 / 4) })
        #expect(found.notes == ["a share of 0.25 drawn for testing with seed \(seed)"])
    }

    @Test("What is not read is refused with the file and what to do")
    func refused() throws {
        func refusal(_ folder: TemporaryFolder, _ options: ReadingOptions = ReadingOptions()) throws -> String {
            let error = #expect(throws: DatasetError.self) { try ImageSource(folder.path, options: options).load() }
            return error?.description ?? ""
        }
        var share = ReadingOptions()
        share.testShare = 0.2
        let sizes = try folder(["train/a/1.png": "grey.png", "train/a/2.jpg": "grey.jpg", "test/a/1.png": "grey.png"])
        let names = sizes.path("train/a")
        #expect(
            try refusal(sizes) == "\(names)/2.jpg is not usable: it has 13 x 19 pixels, and \(names)/1.png has 9 x 13; "
                + "bring all images to one size: --resize N")
        let classes = try folder(["train/a/1.png": "grey.png", "test/b/1.png": "grey.png"])
        #expect(
            try refusal(classes).hasPrefix(
                "\(classes.path)/test/b is not usable: there is no folder of this name in train"))
        #expect(
            try refusal(classes, share)
                == "--test-share is not for folders train and test, which the images are; leave it out")
        let undivided = try folder(["a/1.png": "grey.png"])
        #expect(try refusal(undivided).contains("draw a share of the images for testing: --test-share 0.2"))
        #expect(try refusal(undivided, share).contains("--test-share 0.2 of its 1 images leaves one set empty"))
        let empty = try folder(["train/a/1.txt": "grey.png", "test/a/1.png": "grey.png"])
        #expect(try refusal(empty).hasPrefix("\(empty.path)/train is not usable: the folders in it have no images"))
        let text = try folder(["train/a/1.png": "pictures.json", "test/a/1.png": "grey.png"])
        #expect(
            try refusal(text).hasPrefix("\(text.path)/train/a/1.png is not usable: it does not begin as a PNG or JPEG"))
    }

    /// A file with any one byte changed, or cut anywhere, is read with its size or refused, and nothing else happens.
    @Test(
        "Damaged pictures", .timeLimit(.minutes(5)),
        arguments: [
            "rgba.png", "palette-transparent.png", "grey16.png", "420.jpg", "progressive.jpg", "orientation-6.jpg",
        ])
    func damaged(file: String) throws {
        let folder = try folder(["train/a/1.\(file.suffix(3))": "grey.png", "test/a/1.png": "grey.png"])
        let original = Array(try Data(contentsOf: URL(filePath: goldenImage(file))))
        var options = ReadingOptions()
        options.resize = 5
        var refusals = 0
        for index in original.indices {
            for (mask, isCut) in [(UInt8(0xff), false), (1, false), (0, true)] {
                var bytes = original
                if isCut { bytes.removeLast(bytes.count - index) } else { bytes[index] ^= mask }
                let path = try folder.write(bytes, to: "train/a/1.\(file.suffix(3))")
                do throws(DatasetError) {
                    #expect(try ImageSource(folder.path, options: options).load().dataset.training.count == 1)
                } catch {
                    refusals += 1
                    #expect(error.description.hasPrefix("\(path) is not usable: "))
                    #expect(!error.description.contains("\n"))
                }
            }
        }
        // Every cut file, but for an end that holds no pixels.
        #expect(refusals > original.count / 2)
    }

    @Test("An image that announces more pixels than memory is refused before any is taken")
    func bomb() throws {
        let folder = try folder(["train/a/1.png": "rgb.png", "test/a/1.png": "grey.png"])
        var bytes = Array(try Data(contentsOf: URL(filePath: goldenImage("rgb.png"))))
        bytes.replaceSubrange(16..<24, with: bigEndian(UInt32(900_000)) + bigEndian(UInt32(900_000)))
        bytes.replaceSubrange(29..<33, with: bigEndian(crc32(bytes[12..<29])))
        try folder.write(bytes, to: "train/a/1.png")
        let error = #expect(throws: DatasetError.self) { try ImageSource(folder.path).load() }
        #expect(
            error?.description.contains("900000 x 900000 pixels, more than 100000000") == true,
            "\(String(describing: error))")
    }
}
