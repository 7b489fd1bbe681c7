import TestSupport
import Testing

import Datasets

/// Images without classes, as a command line names them.
struct ImagesToClassifyTests {
    /// The format of the golden arrays.
    private func format(channels: Int) -> LabelledImages.Format {
        LabelledImages.Format(channels: channels, rows: 6, columns: 7, classNames: ["a", "b", "c"])
    }

    private func read(_ arguments: [String], channels: Int) throws(DatasetError) -> ImagesToClassify {
        try ImagesToClassify(arguments, like: format(channels: channels), options: ReadingOptions())
    }

    @Test(
        "Rows of arrays are those of the data set",
        arguments: ["grey-stored.npz", "chw.npz", "hwc.npz", "floats-chw.npz"])
    func rows(file: String) throws {
        let path = goldenImage(file)
        let data = try ImageSource(path).load().dataset
        let channels = data.format.channels
        let all = try read([path], channels: channels)
        #expect(all.names == (0..<3).map { "\(path):\($0)" })
        #expect(all.images.floats == data.test.floats && all.images.format.element == data.format.element)
        #expect(all.images.format.classNames == ["a", "b", "c"])
        let training = try read(["\(path):x_train"], channels: channels)
        #expect(training.images.floats == data.training.floats)
        #expect(training.names.last == "\(path):x_train:4")
        let some = try read(["\(path):2", "\(path):x_train:0"], channels: channels)
        #expect(some.names == ["\(path):2", "\(path):x_train:0"])
        let size = data.format.imagePixels
        #expect(some.images.floats == data.test.floats.suffix(size) + data.training.floats.prefix(size))
    }

    @Test("Bytes and floats together become floats")
    func mixed() throws {
        let (bytes, floats) = (goldenImage("chw.npz"), goldenImage("floats-chw.npz"))
        let found = try read(["\(bytes):1", "\(floats):0"], channels: 3).images
        let expected =
            try read(["\(bytes):1"], channels: 3).images.floats + read(["\(floats):0"], channels: 3).images.floats
        #expect(found.format.element == .float && found.floats == expected)
    }

    @Test("Pixels of another kind than those of the training are noted")
    func notes() throws {
        let (bytes, floats) = (goldenImage("chw.npz"), goldenImage("floats-chw.npz"))
        #expect(try read([bytes], channels: 3).notes.isEmpty)
        let outside = try read([bytes, floats], channels: 3).notes
        #expect(outside.count == 1 && outside[0].hasPrefix("\(floats): the model is trained on pixels from 0 to 1"))
        var format = format(channels: 3)
        format.element = .float
        let taken = try ImagesToClassify([bytes, floats], like: format, options: ReadingOptions()).notes
        #expect(
            taken == [
                "\(bytes): the model is trained on floats, and the pixels of this file are taken as those from 0 to 1"
            ])
    }

    @Test("A file whose name has a colon is a file")
    func colons() throws {
        let folder = try TemporaryFolder()
        let pixels = (0..<84).map { UInt8($0) }
        for name in ["a:1", "b"] { try folder.write(idxFile([2, 6, 7], pixels), to: name) }
        #expect(try read([folder.path("a:1")], channels: 1).images.pixels == pixels)
        #expect(try read([folder.path("a:1:1")], channels: 1).images.pixels == Array(pixels[42...]))
        #expect(try read([folder.path("b:0")], channels: 1).images.pixels == Array(pixels[..<42]))
        var options = ReadingOptions()
        options.isTransposed = true
        let tall = LabelledImages.Format(channels: 1, rows: 7, columns: 6, classNames: ["a"])
        let turned = try ImagesToClassify([folder.path("b:0")], like: tall, options: options).images.pixels
        #expect(turned.prefix(7) == [0, 7, 14, 21, 28, 35, 1])
    }

    @Test(
        "What can't be classified is refused with what to do",
        arguments: [
            ("chw.npz", 1, "it has images of 3 x 6 x 7, and the model takes 1 x 6 x 7"),
            ("chw.npz:3", 3, "there is no image 3: it has 3; count from 0"),
            ("chw.npz:y_test", 3, "y_test has the shape [3]"),
            ("chw.npz:x:1", 3, "it has no array x, but x_train, x_test, y_train, y_test"),
            ("chw.npz:-1", 3, "it has no array -1"),
            ("chw.npz:", 3, "it is no FILE, FILE:INDEX, FILE:ARRAY or FILE:ARRAY:INDEX"),
            ("chw.npz:a:b", 3, "it is no FILE, FILE:INDEX, FILE:ARRAY or FILE:ARRAY:INDEX"),
            ("none.npz:1", 3, "none.npz:1 can't be read"),
            ("pictures.json", 3, "it is no PNG, JPEG, IDX or .npz file"),
        ])
    func refused(file: String, channels: Int, words: String) {
        let error = #expect(throws: DatasetError.self) { try read([goldenImage(file)], channels: channels) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
}
