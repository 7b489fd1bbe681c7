import Datasets
import Testing

/// Images of three channels, of 2 rows and 3 columns, in four classes.
private let format = LabelledImages.Format(
    channels: 3, rows: 2, columns: 3, classNames: ["circle", "square", "star", "cross"])

/// Images whose bytes count up.
private func images(_ count: Int, format: LabelledImages.Format = format) -> LabelledImages {
    LabelledImages(
        pixels: (0..<count * format.imageBytes).map { UInt8(truncatingIfNeeded: $0) },
        labels: (0..<count).map { UInt8($0 % format.classes) }, format: format)
}

/// Images in memory, of any shape and classes.
struct ImageDatasetTests {
    @Test("A prefix has the first samples, at most all of them", arguments: [0, 1, 6, 7, 8, 60000])
    func prefix(limit: Int) {
        let prefix = images(7).prefix(limit)
        #expect(prefix.count == min(limit, 7))
        #expect(prefix.labels == Array(images(7).labels.prefix(limit)))
        #expect(prefix.pixels == Array(images(7).pixels.prefix(limit * 18)))
        #expect(prefix.format == format)
    }

    @Test("A limit shortens the training images only")
    func limited() {
        let data = ImageDataset(name: "shapes", training: images(7), test: images(3), folder: "/shapes")
        let limited = data.limited(training: 5)
        #expect(limited.training.pixels == images(5).pixels)
        #expect(limited.test.pixels == images(3).pixels)
        #expect(limited.name == "shapes" && limited.folder == "/shapes")
        #expect(limited.format == format && limited.format.classes == 4)
        #expect(limited.checksum != data.checksum)
    }

    @Test("Images that are not of their format are a mistake in the program")
    func mistakes() async {
        await #expect(processExitsWith: .failure) {
            _ = LabelledImages(pixels: [UInt8](repeating: 0, count: 17), labels: [0], format: format)
        }
        await #expect(processExitsWith: .failure) {
            _ = LabelledImages(pixels: [UInt8](repeating: 0, count: 18), labels: [4], format: format)
        }
        await #expect(processExitsWith: .failure) {
            let turned = LabelledImages.Format(channels: 3, rows: 3, columns: 2, classNames: format.classNames)
            _ = ImageDataset(name: "shapes", training: images(7), test: images(3, format: turned))
        }
        await #expect(processExitsWith: .failure) {
            _ = LabelledImages.Format(channels: 1, rows: 2, columns: 3, classNames: [])
        }
    }
}
