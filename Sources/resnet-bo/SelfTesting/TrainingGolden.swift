import Backend
import JSON
import NeuralNetwork
import NumPyRandom
import ParityCases

/// Results of PyTorch in fp64: the losses of 20 steps of plain SGD of a network, and its logits after them.
///
/// They are a part of the golden files of the tests, taken out by `scripts/make-self-test-golden`. The images, labels and
/// initial weights are drawn as the README of those files says. Its images keep the inputs of every ReLU away from 0, so that
/// roundings do not change the way of a gradient.
struct TrainingGolden: Decodable, Sendable {
    /// Numbers with what their tolerance is made of.
    struct Figures: Decodable, Sendable {
        var values: [Double]
        /// The largest error of PyTorch's fp32 results.
        var noise: Double
        /// The largest absolute value.
        var scale: Double

        /// Eight times PyTorch's error in fp32, and a few units in the last place in case PyTorch is exact; as in the tests.
        fileprivate var tolerance: Double { 8 * noise + 16 * 0x1p-24 * scale }

        fileprivate func comparison(_ subject: String, _ found: [Float]) -> Comparison {
            Comparison(
                subject, found, expected: values.map(Float.init), tolerances: values.map { _ in tolerance })
        }
    }

    var network: String
    var learningRate: Double
    /// How many batches were drawn and rejected before that of each step.
    var draws: [UInt32]
    var losses: Figures
    var finalLogits: Figures

    /// The golden results of all networks.
    static func all() throws(JSONError) -> [TrainingGolden] {
        try JSON.decode(from: PackageResources.TrainingGolden_json)
    }

    /// Whether the network is small enough for a slow device.
    var isSmall: Bool { description == .tiny }

    private var description: NetworkDescription {
        network == NetworkDescription.tiny.name
            ? .tiny
            : .resNetForCIFAR(
                network, blocksPerStage: 3, input: SampleShape(channels: 3, image: Extent(32)), classes: 10)
    }

    /// Trains the network on a backend, and compares.
    func run(on backend: some Backend) throws -> ParityReport {
        let plan = try NetworkPlan(description)
        let (input, classes) = (plan.description.input, plan.description.classes)
        let (steps, batch) = (draws.count, finalLogits.values.count / classes)
        let stack = try NetworkStack(plan, models: 1, samples: batch, on: backend)
        try stack.load([StateDictionary(initial: plan.layout, seed: 10)])
        try stack.setStepSettings([StepSettings(learningRate: learningRate)])
        let pixels = draws.enumerated().flatMap { step, draw in
            Self.drawn([10, 100, UInt32(step), draw], below: 256, count: batch * input.count)
        }
        let labels = Self.drawn([10, 101], below: classes, count: steps * batch)
        let data = try backend.makeDataset(
            ImageBytes(pixels: pixels, labels: labels, channels: input.channels, image: input.image))
        let order = try stack.makeOrder([Array(0..<Int32(labels.count))], datasetSize: labels.count)
        let scores = try stack.makeScores(steps: steps)
        for step in 0..<steps {
            try stack.runStep(.training, on: data, order: order, step: step, scores: scores)
        }
        let found = try stack.read(scores)[0].map { $0.lossSum / Float(batch) }
        try stack.runStep(.evaluation, on: data, order: order, step: 0, scores: try stack.makeScores(steps: 1))
        return ParityReport(
            check: "\(steps) steps of \(network)",
            comparisons: [
                losses.comparison("the losses", found),
                finalLogits.comparison("the logits after them", try stack.readLogits()),
            ])
    }

    /// Whole numbers from 0 that are less than `below`, as NumPy draws them.
    private static func drawn(_ key: [UInt32], below: Int, count: Int) -> [UInt8] {
        var random = RandomState(key: key)
        return (0..<count).map { _ in UInt8(random.uniform(0, Double(below))) }
    }
}
