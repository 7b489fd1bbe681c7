import Datasets
import Testing

@Suite("Images as PNG files")
struct ImageAsPNGTests {
    @Test(
        "A large image is made smaller by a whole number",
        arguments: [(28, 64, 28), (64, 64, 64), (65, 64, 33), (300, 64, 60)])
    func size(side: Int, limit: Int, shown: Int) throws {
        for channels in [1, 3] {
            let format = LabelledImages.Format(channels: channels, rows: side, columns: side, classNames: ["a", "b"])
            let pixels = (0..<2 * format.imagePixels).map { UInt8(truncatingIfNeeded: $0) }
            let png = try LabelledImages(pixels: pixels, labels: [0, 1], format: format).png(of: 1, atMost: limit)
            #expect(png.starts(with: [0x89] + Array("PNG\r\n".utf8)))
            // Width, height, and the colour type: 0 for grey, 2 for colours.
            #expect(
                [16, 20].map { start in png[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } } == [shown, shown])
            #expect(png[25] == (channels == 3 ? 2 : 0))
        }
    }
}
