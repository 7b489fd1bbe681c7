import Foundation
import TestSupport
import Testing

import Datasets

/// What `resnet-bo data` prints and draws.
struct ImageStatisticsTests {
    private let format = LabelledImages.Format(channels: 3, rows: 1, columns: 2, classNames: ["a", "b", "c"])

    @Test("Counts, means and deviations of each channel")
    func statistics() {
        let images = LabelledImages(
            pixels: [0, 255, 51, 51, 0, 0, 255, 0, 51, 51, 255, 255], labels: [2, 0], format: format)
        let statistics = ImageStatistics(of: images)
        #expect(statistics.counts == [1, 0, 1])
        #expect(statistics.means == [0.5, 0.2, 0.5])
        #expect(statistics.deviations == [0.5, 0, 0.5])
    }

    @Test("The normalisation of a data set; a channel whose pixels are equal has none")
    func normalization() throws {
        let images = LabelledImages(
            pixels: [0, 255, 51, 51, 0, 0, 255, 0, 51, 51, 255, 255], labels: [2, 0], format: format)
        let error = #expect(throws: DatasetError.self) { try Normalization(of: images) }
        #expect(error?.description.contains("all pixels of channel 1 are equal; use --normalize none") == true)
        // The same pixels as one channel: four are 0, four 0.2 and four 1.
        let grey = LabelledImages(
            pixels: images.pixels, labels: [0], format: .init(channels: 1, rows: 3, columns: 4, classNames: ["a"]))
        for images in [grey, grey.withFloats] {
            let found = try Normalization(of: images)
            #expect(found.means.count == 1 && abs(found.means[0] - 0.4) < 1e-7)
            #expect(abs(found.deviations[0] - Float(0.56 / 3).squareRoot()) < 1e-7)
            #expect(found.value(1, channel: 0) == (1 - found.means[0]) / found.deviations[0])
        }
    }

    @Test(
        "Impossible normalisations",
        arguments: [([0.5], [0]), ([0.5], [-1]), ([.nan], [1]), ([0], [.infinity]), ([0, 1], [1])]
            as [([Float], [Float])])
    func impossible(means: [Float], deviations: [Float]) {
        #expect(Normalization(means: means, deviations: deviations) == nil)
    }

    @Test("Test images that are training images too")
    func repetitions() {
        let training = LabelledImages(
            pixels: [1, 2, 3, 4, 5, 6] + [7, 7, 7, 7, 7, 7] + [7, 7, 7, 7, 7, 7], labels: [0, 1, 2], format: format)
        let test = LabelledImages(
            pixels: [7, 7, 7, 7, 7, 7] + [1, 2, 3, 4, 5, 7] + [1, 2, 3, 4, 5, 6], labels: [1, 0, 1], format: format)
        let found = ImageDataset(name: "test", training: training, test: test).repetitions
        #expect(
            found.map { [$0.test, $0.training, $0.sameClass ? 1 : 0] } == [[0, 1, 1], [2, 0, 0]])
    }

    @Test("The sheet has a row for each class and ten images in it", arguments: [1, 3])
    func sheet(channels: Int) throws {
        let format = LabelledImages.Format(channels: channels, rows: 20, columns: 32, classNames: ["a", "b"])
        let (count, bytes) = (15, channels * 640)
        let images = LabelledImages(
            pixels: (0..<count).flatMap { [UInt8](repeating: UInt8($0 * 10), count: bytes) },
            labels: (0..<count).map { $0 == 3 ? 1 : 0 }, format: format)
        let folder = try TemporaryFolder()
        for part in ["train", "test"] {
            try FileManager.default.createDirectory(
                atPath: folder.path("\(part)/a"), withIntermediateDirectories: true)
            try folder.write(images.contactSheet(), to: "\(part)/a/sheet.png")
        }
        let sheet = try ImageSource(folder.path).load().dataset.training
        #expect(sheet.format.channels == channels)
        // Images at twice their size, and 2 white pixels between them.
        #expect(sheet.format.rows == 2 * 42 + 2 && sheet.format.columns == 10 * 66 + 2)
        func pixel(_ row: Int, _ column: Int) -> UInt8 { sheet.pixels[row * sheet.format.columns + column] }
        // The fourth image is alone in the second row.
        let first = [0, 1, 2, 4, 5, 6, 7, 8, 9, 10].map { UInt8($0 * 10) }
        #expect((0..<10).map { pixel(2, 2 + 66 * $0) } == first && (0..<10).map { pixel(41, 65 + 66 * $0) } == first)
        #expect((0..<10).map { pixel(44, 2 + 66 * $0) } == [30] + [UInt8](repeating: 255, count: 9))
        #expect((0..<11).allSatisfy { pixel(20, 66 * $0) == 255 && pixel(20, 66 * $0 + 1) == 255 })
    }
}
