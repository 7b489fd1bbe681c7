import Foundation
import TestSupport
import Testing

import Datasets
import Platform

/// A corrupt file and the expected problem.
struct CorruptFile: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let file: String
    let contents: [UInt8]
    let problem: DatasetError.Problem

    init(_ testDescription: String, _ file: String, _ contents: [UInt8], _ problem: DatasetError.Problem) {
        self.testDescription = testDescription
        self.file = file
        self.contents = contents
        self.problem = problem
    }

    private static let images = DataSetFolder.images(7)
    private static let labels = DataSetFolder.labels(7)
    private static let imageFile = "train-images-idx3-ubyte.gz"
    private static let labelFile = "train-labels-idx1-ubyte.gz"
    private static let bytes = 7 * 28 * 28

    /// A header of images and nothing after it.
    private static func header(_ dimensions: UInt32...) -> [UInt8] {
        bigEndian(UInt32(0x803)) + dimensions.flatMap { bigEndian($0) }
    }

    /// A compressed file with one changed byte.
    private static func flipped(_ index: Int) -> [UInt8] {
        var file = gzip(images)
        file[index < 0 ? file.count + index : index] ^= 0xff
        return file
    }

    static let all = [
        CorruptFile("empty file", imageFile, [], .truncated),
        CorruptFile("empty gzip stream", imageFile, gzip([]), .truncated),
        CorruptFile("only the gzip magic", imageFile, [0x1f, 0x8b], .truncated),
        CorruptFile("half an IDX header", imageFile, gzip(Array(images[..<9])), .truncated),
        CorruptFile("half a gzip stream", imageFile, Array(gzip(images)[..<3000]), .truncated),
        CorruptFile("gzip stream without its check sum", imageFile, Array(gzip(images).dropLast(8)), .truncated),
        CorruptFile("last byte missing", labelFile, Array(gzip(labels).dropLast()), .truncated),
        CorruptFile("wrong check sum", imageFile, flipped(-8), .damaged("incorrect data check")),
        CorruptFile("wrong length", imageFile, flipped(-1), .damaged("incorrect length check")),
        CorruptFile("changed pixel", imageFile, flipped(1000), .damaged("incorrect data check")),
        CorruptFile("damaged block", imageFile, flipped(12), .damaged("invalid stored block lengths")),
        CorruptFile(
            "garbage after the gzip stream", imageFile, gzip(images) + [1, 2, 3, 4], .damaged("incorrect header check")),
        CorruptFile(
            "text", imageFile, Array("<html>Not found</html>".utf8),
            .wrongMagic(found: 0x3c68_746d, expected: 0x803)),
        CorruptFile("labels for images", imageFile, gzip(labels), .wrongMagic(found: 0x801, expected: 0x803)),
        CorruptFile("images for labels", labelFile, gzip(images), .wrongMagic(found: 0x803, expected: 0x801)),
        CorruptFile("no images", imageFile, gzip(header(0, 28, 28)), .impossibleSize([0, 28, 28])),
        CorruptFile(
            "more elements than can be counted", imageFile, gzip(header(.max, .max, .max)),
            .impossibleSize([0xffff_ffff, 0xffff_ffff, 0xffff_ffff])),
        CorruptFile(
            "more elements than memory", imageFile, gzip(header(.max, 28, 28)),
            .tooShort(expected: 0xffff_ffff * 28 * 28)),
        CorruptFile(
            "more elements than memory, unpacked", imageFile, header(.max, 28, 28),
            .tooShort(expected: 0xffff_ffff * 28 * 28)),
        CorruptFile("one pixel too few", imageFile, gzip(images.dropLast()), .tooShort(expected: bytes)),
        CorruptFile("one pixel too few, unpacked", imageFile, images.dropLast(), .tooShort(expected: bytes)),
        CorruptFile("one byte too many", imageFile, gzip(images + [0]), .tooLong(expected: bytes)),
        CorruptFile("one byte too many, unpacked", imageFile, images + [0], .tooLong(expected: bytes)),
        CorruptFile("a second file behind", imageFile, gzip(images) + gzip(images), .tooLong(expected: bytes)),
        CorruptFile(
            "images of another size", imageFile, gzip(DataSetFolder.images(7, size: 32)),
            .wrongImageSize(rows: 32, columns: 32, expectedRows: 28, expectedColumns: 28)),
        CorruptFile(
            "fewer labels than images", labelFile, gzip(DataSetFolder.labels(6)),
            .countMismatch(labels: 6, images: 7)),
        CorruptFile(
            "more labels than images", labelFile, gzip(DataSetFolder.labels(8)),
            .countMismatch(labels: 8, images: 7)),
        CorruptFile(
            "a class too many", labelFile, gzip(labels.dropLast() + [10]),
            .labelOutOfRange(label: 10, sample: 6, classes: 10)),
    ]
}

/// Files that are refused, each with its own message.
struct CorruptFileTests {
    @Test("A corrupt file is refused with its name", arguments: CorruptFile.all)
    func corrupt(_ corruption: CorruptFile) throws {
        let folder = try DataSetFolder()
        try folder.write(corruption.contents, to: corruption.file)
        let expected = DatasetError.corrupt(file: folder.path(corruption.file), problem: corruption.problem)
        let error = #expect(throws: DatasetError.self) { try folder.load() }
        #expect(error == expected)
        let message = try #require(error?.description)
        #expect(message.contains(folder.path(corruption.file)))
        #expect(!message.contains("\n"))
    }

    @Test("A missing file is named with a remedy", arguments: DataSetFolder.names)
    func missing(name: String) throws {
        let folder = try DataSetFolder()
        try folder.remove(name + ".gz")
        let error = #expect(throws: DatasetError.self) { try folder.load() }
        let message = try #require(error?.description)
        for part in [folder.path, name, "dataset-fashion-mnist", "--data"] {
            #expect(message.contains(part), "\(message)")
        }
    }

    @Test("A missing folder is named")
    func missingFolder() throws {
        let error = #expect(throws: DatasetError.self) { try FashionMNIST.load(from: "/nowhere/at/all") }
        guard case .notFound("Fashion-MNIST", let searched, _) = error else {
            Issue.record("unexpected error: \(String(describing: error))")
            return
        }
        #expect(searched.map(\.folder) == ["/nowhere/at/all"])
    }

    @Test("One part does not need the files of the other", arguments: ImagePart.allCases)
    func onePart(part: ImagePart) throws {
        let folder = try DataSetFolder()
        defer { withExtendedLifetime(folder) {} }
        for name in DataSetFolder.names where !name.hasPrefix(part == .test ? "t10k" : "train") {
            if name.contains("images") {
                try folder.remove(name + ".gz")
            } else {
                try folder.write([1], to: name + ".gz")
            }
        }
        let images = try FashionMNIST.load(part, from: folder.path)
        #expect(images.labels == (0..<(part == .test ? 3 : 7)).map(DataSetFolder.label))
        #expect(throws: DatasetError.self) { try folder.load() }
    }

    @Test("A file in place of the folder is refused")
    func fileForFolder() throws {
        let folder = try DataSetFolder()
        defer { withExtendedLifetime(folder) {} }
        let file = folder.path("train-images-idx3-ubyte.gz")
        let error = #expect(throws: DatasetError.self) { try FashionMNIST.load(from: file) }
        #expect(error?.description == "\(file) can't be read: Not a directory")
    }

    @Test("A folder in place of a file is refused")
    func folderForFile() throws {
        let folder = try DataSetFolder()
        defer { withExtendedLifetime(folder) {} }
        let name = "train-images-idx3-ubyte.gz"
        try folder.remove(name)
        try FileManager.default.createDirectory(
            atPath: folder.path(name), withIntermediateDirectories: false)
        #expect(throws: DatasetError.unreadable(FileError(folder.path(name), doing: "read", reason: "Is a directory")))
        {
            try folder.load()
        }
    }

    @Test("A named pipe is read", .timeLimit(.minutes(10)))
    func pipe() throws {
        let folder = try DataSetFolder()
        defer { withExtendedLifetime(folder) {} }
        let name = "train-images-idx3-ubyte.gz"
        try folder.remove(name)
        #expect(mkfifo(folder.path(name), 0o600) == 0)
        let (path, images) = (folder.path(name), gzip(DataSetFolder.images(7)))
        // A thread of its own, because both ends wait for each other and the threads of the tests are few.
        Thread.detachNewThread {
            #expect(throws: Never.self) { try OutputFile(path).write(images) }
        }
        #expect(try folder.load().training.count == 7)
    }

    /// Root may read everything, so another user tries.
    @Test(
        "Files and folders without permission are not missing",
        .enabled(if: geteuid() == 0, "only root can become another user"),
        arguments: ["", "train-labels-idx1-ubyte.gz"])
    func permission(name: String) async {
        await #expect(processExitsWith: .success) { [name = name as String] in
            let folder = try DataSetFolder()
            defer { withExtendedLifetime(folder) {} }
            #expect(chmod(folder.path(name), 0o700) == 0)
            #expect(seteuid(12345) == 0)
            let error = #expect(throws: DatasetError.self) { try folder.load() }
            #expect(seteuid(0) == 0)
            #expect(error?.description == "\(folder.path(name)) can't be read: Permission denied")
        }
    }
}
