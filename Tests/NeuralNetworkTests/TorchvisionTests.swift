import Backend
import Foundation
import NeuralNetwork
import Testing

/// The state dictionaries of torchvision's networks, entry for entry.
@Suite struct TorchvisionTests {
    /// Names and shapes by the network, as `scripts/make-pytorch-golden torchvision` wrote them.
    private static func golden() throws -> [String: [[Any]]] {
        let url = try #require(
            Bundle.module.url(forResource: "torchvision", withExtension: "json", subdirectory: "Golden"))
        return try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: [[Any]]])
    }

    @Test(arguments: [NamedNetwork.resnet18, .resnet50])
    func stateDictionary(_ network: NamedNetwork) throws {
        let entries = try #require(try Self.golden()[network.rawValue])
        let plan = try NetworkPlan(
            network.description(for: SampleShape(channels: 3, image: Extent(32)), classes: 10))
        #expect(plan.layout.entries.map(\.name) == entries.map { $0[0] as? String })
        #expect(plan.layout.entries.map(\.shape) == entries.map { $0[1] as? [Int] })
        #expect(entries.count == (network == .resnet18 ? 122 : 320))
    }
}
