import Foundation
import TestSupport
import Testing

import Datasets

/// The golden files of `scripts/make-image-golden`.
func goldenImage(_ file: String) -> String {
    Bundle.module.bundleURL.appending(path: "Golden/images/\(file)").path
}

/// Images in `.npz` files that NumPy has written.
struct NumPyImagesTests {
    /// The pixels that the script writes: [sample][channel][row][column], multiples of a factor modulo 251.
    private func pixels(_ count: Int, _ factor: Int) -> [UInt8] { (0..<count).map { UInt8($0 * factor % 251) } }

    @Test(
        "Every type of labels and layout, stored and deflated",
        arguments: [
            "grey-stored.npz", "grey-deflated.npz", "chw.npz", "hwc.npz", "grey-floats.npz", "grey-doubles.npz",
        ])
    func arrays(file: String) throws {
        let found = try ImageSource(goldenImage(file)).load()
        let data = found.dataset
        let channels = file.hasPrefix("grey") ? 1 : 3
        #expect(data.training.pixels == pixels(5 * channels * 42, 7))
        #expect(data.test.pixels == pixels(3 * channels * 42, 11))
        #expect(data.training.labels == [0, 2, 1, 2, 0] && data.test.labels == [1, 0, 2])
        #expect(data.format.channels == channels && data.format.rows == 6 && data.format.columns == 7)
        // Only the labels of this file start at 1.
        #expect(found.notes.count == (file == "hwc.npz" ? 1 : 0))
        #expect(data.format.classNames == ["0", "1", "2"])
        let test = try ImageSource(goldenImage(file)).load([.test]).sets[.test]
        #expect(test?.labels == [1, 0, 2] && test?.pixels == data.test.pixels)
    }

    @Test("A layout that is named is taken")
    func layout() throws {
        var options = ReadingOptions()
        options.layout = .nhwc
        let images = try ImageSource(goldenImage("chw.npz"), options: options).load([.test]).sets[.test]!
        #expect(images.format.channels == 7 && images.format.rows == 3 && images.format.columns == 6)
        #expect(images.pixels.prefix(3) == [0, 77, 154])
    }

    @Test(
        "What is not read is refused with what to do",
        arguments: [
            ("fortran.npz", "x_train: its first index runs fastest; save numpy.ascontiguousarray of it")
        ])
    func refused(file: String, words: String) throws {
        let error = #expect(throws: DatasetError.self) { try ImageSource(goldenImage(file)).load() }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.hasPrefix(goldenImage(file)) == true)
    }

    /// An archive of stored arrays, made without the code under test.
    private func archive(_ members: [(name: String, contents: [UInt8])]) -> [UInt8] {
        var (local, directory): ([UInt8], [UInt8]) = ([], [])
        for (name, contents) in members {
            let size = littleEndian(UInt32(contents.count))
            let common =
                [20, 0, 0, 0, 0, 0, 0, 0, 0, 0] + littleEndian(crc32(contents)) + size + size
                + littleEndian(UInt16(name.utf8.count)) + [0, 0]
            directory +=
                [0x50, 0x4b, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 10)
                + littleEndian(UInt32(local.count)) + Array(name.utf8)
            local += [0x50, 0x4b, 3, 4] + common + Array(name.utf8) + contents
        }
        let count = littleEndian(UInt16(members.count))
        return local + directory + [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + count + count
            + littleEndian(UInt32(directory.count)) + littleEndian(UInt32(local.count)) + [0, 0]
    }

    private func array(_ type: String, _ shape: String, _ elements: [UInt8]) -> [UInt8] {
        let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndian(UInt16(header.utf8.count)) + Array(header.utf8)
            + elements
    }

    @Test(
        "Arrays that are no images and labels are refused",
        arguments: [
            ("|u1", "2, 2, 2", 8, "<i8", "2", [UInt8](repeating: 0, count: 16), ""),
            ("|u1", "2, 2", 4, "|u1", "2", [0, 1], "x_test has the shape [2, 2]"),
            ("|u1", "2, 2, 2", 7, "|u1", "2", [0, 1], "x_test: 7 bytes follow its header, and not the 8"),
            ("|u1", "0, 2, 2", 0, "|u1", "2", [0, 1], "x_test has the shape [0, 2, 2]"),
            ("|u1", "2, 2, 2", 8, "|u1", "3", [0, 1, 1], "y_test has 3 labels for the 2 images"),
            ("|u1", "2, 2, 2", 8, "|u1", "2, 2", [0, 1, 1, 0], "y_test has the shape [2, 2]"),
            ("|u1", "2, 2, 2", 8, "|i1", "2", [0, 0xff], "label 1 of y_test is -1"),
            ("|u1", "2, 2, 2", 8, "<u2", "2", [0, 0, 1, 1], "label 1 of y_test is 257"),
            ("|u1", "2, 2, 2", 8, "<u2", "2", [0, 0, 0, 1], "its labels are those of 257 classes"),
            ("|u1", "2, 2, 2", 8, "<u2", "2", [2, 0, 0, 1], "its labels are those of 257 classes"),
            // 7 7 is half a float.
            ("<f2", "2, 2, 2", 16, "|u1", "2", [0, 1], "type <f2, and must have uint8 or floats"),
            ("<i4", "2, 2, 2", 32, "|u1", "2", [0, 1], "type <i4, and must have uint8 or floats"),
            ("|u1", "2, 2, 2", 8, "<f4", "2", [0, 0, 0, 0, 0, 0, 0, 0], "type <f4, and labels are whole numbers"),
            ("|b1", "2, 2, 2", 8, "|u1", "2", [0, 1], "x_test: its elements are no numbers"),
            ("|u1", "2, 3, 2, 3", 36, "|u1", "2", [0, 1], "name their place: --layout nhwc or --layout nchw"),
            (
                "|u1", "99999999999, 99999999999, 2", 0, "|u1", "2", [0, 1],
                "the shape (99999999999, 99999999999, 2), which is too large"
            ),
        ])
    func arrays(
        type: String, shape: String, bytes: Int, labelType: String, labelShape: String, labels: [UInt8], words: String
    )
        throws
    {
        let folder = try TemporaryFolder()
        let x = array(type, shape, [UInt8](repeating: 7, count: bytes))
        let y = array(labelType, labelShape, labels)
        let file = try folder.write(archive([("x_test.npy", x), ("y_test.npy", y)]), to: "images.npz")
        if words.isEmpty {
            #expect(try ImageSource(file).load([.test]).sets[.test]?.labels == [0, 0])
            let error = #expect(throws: DatasetError.self) { try ImageSource(file).load() }
            #expect(error?.description.contains("it has no array y_train, but x_test, y_test") == true)
        } else {
            let error = #expect(throws: DatasetError.self) { try ImageSource(file).load([.test]) }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test(
        "Floats that are no bytes divided by 255 stay floats, in both sets",
        arguments: [("floats-chw.npz", 3), ("floats-hwc.npz", 3), ("floats-mixed.npz", 1)])
    func floats(file: String, channels: Int) throws {
        let data = try ImageSource(goldenImage(file)).load().dataset
        #expect(data.format.element == .float && data.format.channels == channels)
        #expect(data.format.rows == 6 && data.format.columns == 7)
        let training: [Float] = (0..<5 * channels * 42).map { Float($0) * 0.37 - 11 }
        #expect(data.training.floats == training)
        // The test images of the last file are bytes.
        let count = 3 * channels * 42
        let bytes: [Float] = pixels(count, 11).map { Float($0) / 255 }
        let numbers: [Float] = (0..<count).map { Float($0) * 0.11 - 3 }
        #expect(data.test.floats == (channels == 1 ? bytes : numbers))
    }

    @Test("Numbers that are not finite are refused", arguments: [Float.nan, .infinity, -.infinity])
    func notFinite(number: Float) throws {
        let folder = try TemporaryFolder()
        let x = array("<f4", "1, 2, 1", [0.5, number].flatMap { littleEndian($0.bitPattern) })
        let file = try folder.write(
            archive([("x_test.npy", x), ("y_test.npy", array("|u1", "1", [0]))]), to: "images.npz")
        let error = #expect(throws: DatasetError.self) { try ImageSource(file).load([.test]) }
        #expect(error?.description.contains("element 1 of x_test is \(number)") == true)
    }

    /// A file with any one byte changed, or cut anywhere, is read or refused, and nothing else happens.
    ///
    /// The checksum protects the elements, so what is read has the right pixels.
    @Test("Damaged archives", .timeLimit(.minutes(5)), arguments: ["grey-stored.npz", "grey-deflated.npz"])
    func damaged(file: String) throws {
        let folder = try TemporaryFolder()
        let original = Array(try Data(contentsOf: URL(filePath: goldenImage(file))))
        var refusals = 0
        for index in original.indices {
            for (mask, isCut) in [(UInt8(0xff), false), (1, false), (0, true)] {
                var bytes = original
                if isCut { bytes.removeLast(bytes.count - index) } else { bytes[index] ^= mask }
                let path = try folder.write(bytes, to: "damaged.npz")
                do throws(DatasetError) {
                    #expect(try ImageSource(path).load().dataset.training.pixels == pixels(5 * 42, 7))
                } catch {
                    refusals += 1
                    #expect(error.description.hasPrefix(path))
                }
            }
        }
        #expect(refusals > original.count * 2)
    }
}
