import TestSupport
import Testing

import Datasets

/// The binary versions of CIFAR-10 and CIFAR-100, on records that a test makes.
struct CIFARTests {
    /// Records whose pixel at (channel, row, column) is that of ``pixel(_:)``, with some labels before each.
    private func records(_ labels: [[UInt8]]) -> [UInt8] {
        labels.enumerated().flatMap { sample, labels in labels + (0..<3072).map { pixel(sample * 3072 + $0) } }
    }

    private func pixel(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: index * 7 + index / 1024) }

    @Test("CIFAR-10: batches in the order of their numbers, names from the file")
    func cifar10() throws {
        let folder = try TemporaryFolder()
        // The tenth batch follows the second.
        for (number, label) in [(1, UInt8(9)), (2, 4), (10, 7)] {
            try folder.write(records([[label], [0]]), to: "data_batch_\(number).bin")
        }
        try folder.write(records([[3]]), to: "test_batch.bin")
        try folder.write((0..<10).map { "class \($0) \n" }.joined() + "\n", to: "batches.meta.txt")
        let found = try ImageSource(folder.path).load()
        let data = found.dataset
        #expect(data.training.labels == [9, 0, 4, 0, 7, 0])
        #expect(data.test.labels == [3] && data.test.pixels == (0..<3072).map(pixel))
        #expect(data.training.pixels == (0..<3).flatMap { _ in (0..<6144).map(pixel) })
        #expect(data.format.classNames == (0..<10).map { "class \($0)" })
        #expect(
            found.summary == "CIFAR-10's binary files in \(folder.path): 6 training and 1 test images, 3 x 32 x 32, "
                + "10 classes")
    }

    @Test("CIFAR-100: the fine labels, and one part without the other")
    func cifar100() throws {
        let folder = try TemporaryFolder()
        try folder.write(records([[19, 99], [2, 0]]), to: "train.bin")
        let found = try ImageSource(folder.path).load([.training])
        #expect(found.sets[.training]?.labels == [99, 0])
        #expect(found.sets[.training]?.pixels == (0..<6144).map(pixel))
        #expect(found.sets[.training]?.format.classNames == (0..<100).map { "\($0)" })
        #expect(found.notes == ["the fine labels are used"])
        let error = #expect(throws: DatasetError.self) { try ImageSource(folder.path).load() }
        #expect(error?.description.contains("it has no test.bin") == true)
    }

    @Test("Names that do not fit are not used, and it is said")
    func wrongNames() throws {
        let folder = try TemporaryFolder()
        try folder.write(records([[19, 99]]), to: "train.bin")
        try folder.write("apple\nbear\n", to: "fine_label_names.txt")
        let found = try ImageSource(folder.path).load([.training])
        #expect(found.sets[.training]?.format.classNames.first == "0")
        #expect(found.notes.last == "fine_label_names.txt has 2 names for 100 classes and is not used")
    }

    @Test(
        "A damaged file is refused with the offset",
        arguments: [
            ("data_batch_1.bin", 0), ("data_batch_1.bin", 3072), ("data_batch_1.bin", 3074), ("train.bin", 3073),
            ("train.bin", 6146),
        ])
    func cut(name: String, size: Int) throws {
        let folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 0, count: size), to: name)
        let error = #expect(throws: DatasetError.self) { try ImageSource(folder.path).load([.training]) }
        #expect(
            error?.description.hasPrefix("\(folder.path(name)) is not usable: it ends at byte \(size), which") == true)
    }

    @Test("A label that is no class is refused with the offset")
    func label() throws {
        let folder = try TemporaryFolder()
        try folder.write(records([[9], [10]]), to: "test_batch.bin")
        let error = #expect(throws: DatasetError.self) { try ImageSource(folder.path).load([.test]) }
        #expect(
            error?.description.contains("the label at byte 3073 is 10, and there are only the classes 0 to 9") == true)
    }
}
