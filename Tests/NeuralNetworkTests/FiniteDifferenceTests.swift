import Backend
import NeuralNetwork
import ReferenceBackend
import TestSupport
import Testing

/// The gradient of the whole network against central differences of its loss, in Double.
///
/// The loss is differentiated in a direction of the parameter space. The two points are fp32 numbers, as the network needs
/// them, and the direction is their exact difference. The remaining errors are the third derivative of the loss and the kinks
/// of ReLU and max-pool; two step sizes with the same result show that both are negligible. The tolerance is 1e-6 of the sum
/// of the absolute terms of `gradient . direction` (the gradient is rounded to fp32, with an error of 6e-8), plus
/// ``lossRounding`` for the rounding errors of the two losses.
@Suite("Finite differences", .serialized, .timeLimit(.minutes(5)))
struct FiniteDifferenceTests {
    /// A straight line through the initial weights.
    struct Line: Sendable, CustomTestStringConvertible {
        /// The entry of the state dictionary that changes, or nil for all entries.
        var entry: String?
        var step: Float

        var testDescription: String { "\(entry ?? "all parameters"), step \(step)" }

        static let all = [Float(1e-5), 3e-6].flatMap { step in
            [Line(entry: nil, step: step)]
                + NetworkPlan.seed.layout.entries.filter(\.isTrainable).map {
                    Line(entry: $0.name, step: step)
                }
        }
    }

    private static let samples = 6
    /// The loss is about 2.3, and the rounding errors in Double are about 1e-15.
    private static let lossRounding = 1e-14
    private let layout = NetworkPlan.seed.layout
    private let golden: GoldenFile
    private let initial: StateDictionary

    init() throws {
        golden = try GoldenFile.network()
        initial = try golden.state("initial", layout)
    }

    /// The exact gradient predicts the difference of the loss.
    @Test(arguments: Line.all)
    func gradientPredictsTheDifference(_ line: Line) throws {
        let (low, high) = points(line)
        let backend = ReferenceBackend(.double)
        let difference = try loss(at: high, on: backend) - loss(at: low, on: backend)
        let (predicted, magnitude) = try predictedDifference(low, high, on: backend)
        let tolerance = 1e-6 * magnitude + Self.lossRounding
        #expect(abs(difference - predicted) <= tolerance, "\(difference), predicted \(predicted) of \(magnitude)")
    }

    /// The gradients of the fp32 backends predict the same differences.
    @Test(arguments: BackendUnderTest.all)
    func backendGradientsPredictTheDifference(_ backend: BackendUnderTest) throws {
        let (low, high) = points(Line(entry: nil, step: 3e-6))
        let reference = ReferenceBackend(.double)
        let difference = try loss(at: high, on: reference) - loss(at: low, on: reference)
        func predicted(on backend: some Backend) throws -> (Double, Double) {
            try predictedDifference(low, high, on: backend)
        }
        let (prediction, magnitude) = try predicted(on: try backend.make())
        let tolerance = 1e-6 * magnitude + Self.lossRounding
        #expect(abs(difference - prediction) <= tolerance, "\(difference), predicted \(prediction) of \(magnitude)")
    }

    /// Two points on opposite sides of the initial weights.
    private func points(_ line: Line) -> (low: [Float], high: [Float]) {
        let moved = line.entry.map { layout[$0] }.map { $0.offset..<$0.offset + $0.count }
        var (low, high) = (initial.parameters, initial.parameters)
        for index in moved ?? initial.parameters.indices {
            // A fixed irregular direction: multiples of the golden ratio, modulo 1.
            let golden = Float((Double(index + 1) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1) - 0.5)
            low[index] -= line.step * golden
            high[index] += line.step * golden
        }
        return (low, high)
    }

    /// The mean loss of a few samples, in Double.
    private func loss(at parameters: [Float], on backend: ReferenceBackend) throws -> Double {
        let (_, scores) = try gradients(at: parameters, on: backend)
        return scores.parts[0].lossSums[0][0] / Double(Self.samples)
    }

    /// The difference of the loss that the gradient at the midpoint predicts, and the sum of its absolute terms.
    private func predictedDifference(_ low: [Float], _ high: [Float], on backend: some Backend) throws -> (
        Double, Double
    ) {
        let (gradients, _) = try gradients(at: initial.parameters, on: backend)
        let terms = gradients.indices.map { Double(gradients[$0]) * (Double(high[$0]) - Double(low[$0])) }
        return (terms.reduce(0, +), terms.map(abs).reduce(0, +))
    }

    private func gradients<B: Backend>(
        at parameters: [Float], on backend: B
    ) throws -> ([Float], StackScores<B>) {
        let stack = try NetworkStack(.seed, models: 1, samples: Self.samples, on: backend)
        try stack.load([StateDictionary(parameters: parameters, statistics: initial.statistics)])
        let (data, order) = try golden.batches(for: stack, on: backend)
        let scores = try stack.makeScores(steps: 1)
        try stack.runStep(.gradients, on: data, order: order, step: 0, scores: scores)
        return (try stack.readGradients(), scores)
    }
}
