import Backend
import Datasets
import NeuralNetwork
import Testing

@testable import resnet_bo

/// The network that the commands make for images.
@Suite struct NetworkChoiceTests {
    private func format(channels: Int) -> LabelledImages.Format {
        LabelledImages.Format(channels: channels, rows: 17, columns: 13, classNames: ["a", "b", "c", "d"])
    }

    @Test("The size and the classes are those of the images")
    func fits() throws {
        let network = try NetworkChoice.network(for: format(channels: 1))
        #expect(network.description.input == SampleShape(channels: 1, image: Extent(height: 17, width: 13)))
        #expect(network.description.classes == 4)
    }

    @Test("Images of several channels are refused")
    func channels() {
        let error = #expect(throws: NetworkError.self) { try NetworkChoice.network(for: format(channels: 3)) }
        #expect(error?.description == "layer 'conv1' of network 'seed' takes images of one channel, not of 3")
    }
}
