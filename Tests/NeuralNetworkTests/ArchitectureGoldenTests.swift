import Backend
import Foundation
import NeuralNetwork
import TestSupport
import Testing

/// Descriptions of networks against PyTorch's modules: forward pass, gradients, and 20 steps.
///
/// The golden files have results of PyTorch in fp64, and beside each the largest departure of PyTorch's fp32 results (`noise`) and
/// the largest value (`scale`), which give the tolerance. `Golden/README` has the recipe of images, labels and weights, which are not stored.
@Suite("Other architectures against PyTorch", .serialized, .timeLimit(.minutes(5)))
struct ArchitectureGoldenTests {
    private static let steps = 20

    /// A network of the golden files.
    struct Network: Sendable, CustomTestStringConvertible {
        var name: String
        var description: NetworkDescription
        /// Samples of a step.
        var batch: Int

        var testDescription: String { name }

        static let all = [
            Network(
                name: "resnet20",
                description: .resNetForCIFAR(
                    "resnet20", blocksPerStage: 3, input: SampleShape(channels: 3, image: Extent(32)), classes: 10),
                batch: 8),
            Network(name: "tiny", description: .tiny, batch: 6),
            Network(
                name: "narrow18",
                description: .resNetOfTorchvision(
                    "resnet18", blocks: [2, 2, 2, 2], isBottleneck: false, input: small, classes: 10
                ).scaled(by: 1 / 16), batch: 6),
            Network(
                name: "bottleneck",
                description: .resNetOfTorchvision(
                    "bottleneck", blocks: [1, 1, 1, 1], isBottleneck: true, input: small, classes: 10
                ).scaled(by: 1 / 16), batch: 6),
        ]

        private static let small = SampleShape(channels: 3, image: Extent(16))
    }

    /// The scalar reference trains the small network only: the other one would take it minutes.
    @Test(arguments: BackendUnderTest.all, Network.all)
    func trainsAsPyTorchDoes(_ backend: BackendUnderTest, _ network: Network) throws {
        if backend.name == "reference" || backend.isSlow, network.name == "resnet20" {
            try Test.cancel("\(backend.name) is too slow for \(network.name)")
        }
        try train(network, on: try backend.make(), name: "\(backend.name), \(network.name)")
    }

    /// What `resnet-bo self-test` holds of a golden file.
    private struct SelfTestGolden: Decodable {
        struct Figures: Decodable { var values: [Double], noise: Double, scale: Double }

        var network: String
        var learning_rate: Double
        var draws: [Double]
        var losses: Figures
        var final_logits: Figures
    }

    /// `scripts/make-self-test-golden` was run after the golden files were made.
    @Test(arguments: Network.all.filter { ["resnet20", "tiny"].contains($0.name) })
    func selfTestHasTheSameFigures(_ network: Network) throws {
        let text = try Data(contentsOf: Repository.file("Sources/resnet-bo/SelfTesting/TrainingGolden.json"))
        let found = try #require(
            try JSONDecoder().decode([SelfTestGolden].self, from: text).first { $0.network == network.name })
        let golden = try GoldenFile(network.name)
        #expect([found.learning_rate] == (try golden("learning_rate")))
        #expect(found.draws == (try golden("draws")))
        for (name, figures) in [("losses", found.losses), ("final_logits", found.final_logits)] {
            #expect(figures.values == (try golden(name)), "\(name)")
            #expect([figures.noise] == (try golden("\(name).noise")), "\(name)")
            #expect([figures.scale] == (try golden("\(name).scale")), "\(name)")
        }
    }

    private func train(_ network: Network, on backend: some Backend, name: String) throws {
        let golden = try ArchitectureGolden(network, name: name)
        let plan = try NetworkPlan(network.description)
        let stack = try NetworkStack(plan, models: 1, samples: network.batch, on: backend)
        try stack.load([StateDictionary(initial: plan.layout, seed: 10)])
        try stack.setStepSettings([StepSettings(learningRate: try golden.number("learning_rate"))])
        let data = try backend.makeDataset(golden.images(network.description.input))
        let count = Self.steps * network.batch
        let order = try stack.makeOrder([Array(0..<Int32(count))], datasetSize: count)

        let first = try stack.makeScores(steps: 2)
        try stack.runStep(.gradients, on: data, order: order, step: 0, scores: first)
        try golden.expect(try stack.readLogits(), "train_logits")
        try golden.expect([try stack.read(first)[0][0].lossSum / Float(network.batch)], "loss")
        let gradients = try stack.readGradients()
        for entry in plan.layout.entries where entry.isTrainable {
            try golden.expect(Array(gradients[entry.offset..<entry.offset + entry.count]), "gradient.\(entry.name)")
        }
        try golden.expect(try stack.readStates()[0], "running", plan.layout) { !$0.isTrainable }
        try stack.runStep(.evaluation, on: data, order: order, step: 0, scores: first)
        try golden.expect(try stack.readLogits(), "eval_logits")

        // From the start, because the running statistics have seen a batch.
        try stack.load([StateDictionary(initial: plan.layout, seed: 10)])
        let scores = try stack.makeScores(steps: Self.steps)
        for step in 0..<Self.steps {
            try stack.runStep(.training, on: data, order: order, step: step, scores: scores)
        }
        try golden.expect(try stack.read(scores)[0].map { $0.lossSum / Float(network.batch) }, "losses")
        try golden.expect(try stack.readStates()[0], "final", plan.layout) { _ in true }
        try stack.runStep(.evaluation, on: data, order: order, step: 0, scores: first)
        try golden.expect(try stack.readLogits(), "final_logits")
    }

    /// The golden results of one network.
    private struct ArchitectureGolden {
        let file: GoldenFile
        let network: Network
        let name: String

        init(_ network: Network, name: String) throws {
            file = try GoldenFile(network.name)
            self.network = network
            self.name = name
        }

        func number(_ name: String) throws -> Double { try #require(try file(name).first) }

        /// The images of all steps, one batch after another, by the recipe.
        func images(_ input: SampleShape) throws -> ImageBytes {
            try file.drawnImages(input, classes: network.description.classes, batch: network.batch)
        }

        /// Compares the tensors of a state.
        func expect(
            _ state: StateDictionary, _ prefix: String, _ layout: StateLayout, _ isCompared: (StateEntry) -> Bool
        ) throws {
            for entry in layout.entries where entry.role != .batchesTracked && isCompared(entry) {
                try expect(try #require(state.values(of: entry)), "\(prefix).\(entry.name)")
            }
        }

        /// Compares a tensor, of which the file may have a subset.
        func expect(_ found: [Float], _ result: String) throws {
            try file.expect(found, result, name)
        }
    }
}
