import Datasets
import Testing

@testable import resnet_bo

/// The network that the commands make for images.
@Suite struct NetworkChoiceTests {
    @Test("Images of several channels are refused", arguments: [2, 3])
    func channels(_ channels: Int) {
        let format = LabelledImages.Format(channels: channels, rows: 17, columns: 13, classNames: ["a", "b"])
        let error = #expect(throws: Failure.self) { _ = try NetworkChoice.network(for: format) }
        #expect(error?.description == "seed takes one channel, the images have \(channels)")
    }
}
