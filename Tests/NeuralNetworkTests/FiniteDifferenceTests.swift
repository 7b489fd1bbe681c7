import Backend
import NeuralNetwork
import ReferenceBackend
import Testing

/// The gradient of the whole network against central differences of its loss, in Double.
///
/// The loss is differentiated along a direction through the parameters. The two points are fp32 numbers (what the
/// network takes), so the direction is their exact difference, and only the loss's third derivative and the kinks of
/// ReLU and max-pool are in the way: two step sizes that agree show that neither is. The tolerance is 1e-6 of the sum of
/// the absolute terms of `gradient . direction` (the gradient comes out in fp32, half an ulp or 6e-8 off), and
/// ``lossRounding`` for the rounding errors of the two losses.
@Suite("Finite differences", .serialized, .timeLimit(.minutes(5)))
struct FiniteDifferenceTests {
    /// A straight line through the initial weights.
    struct Line: Sendable, CustomTestStringConvertible {
        /// The entry of the state dictionary that moves, or nil for all of them.
        var entry: String?
        var step: Float

        var testDescription: String { "\(entry ?? "all parameters"), step \(step)" }

        static let all = [Float(1e-5), 3e-6].flatMap { step in
            [Line(entry: nil, step: step)]
                + StateLayout(ResNetDescription()).entries.filter(\.isTrainable).map {
                    Line(entry: $0.name, step: step)
                }
        }
    }

    private static let samples = 6
    /// The loss is about 2.3, and Double's rounding of it and of what it is made of about 1e-15.
    private static let lossRounding = 1e-14
    private let layout = StateLayout(ResNetDescription())
    private let golden: GoldenFile
    private let initial: StateDictionary

    init() throws {
        golden = try GoldenFile.network()
        initial = try golden.state("initial", layout)
    }

    /// The exact gradient is the slope of the loss.
    @Test(arguments: Line.all)
    func gradientIsTheSlope(_ line: Line) throws {
        let (low, high) = points(line)
        let backend = ReferenceBackend(.double)
        let slope = try loss(at: high, on: backend) - loss(at: low, on: backend)
        let (predicted, magnitude) = try predictedDifference(low, high, on: backend)
        let tolerance = 1e-6 * magnitude + Self.lossRounding
        #expect(abs(slope - predicted) <= tolerance, "\(slope), predicted \(predicted) of \(magnitude)")
    }

    /// The gradients of the fp32 backends predict the same differences.
    @Test(arguments: BackendUnderTest.all)
    func gradientsPredictTheSlope(_ backend: BackendUnderTest) throws {
        let (low, high) = points(Line(entry: nil, step: 3e-6))
        let reference = ReferenceBackend(.double)
        let slope = try loss(at: high, on: reference) - loss(at: low, on: reference)
        func predicted(on backend: some Backend) throws -> (Double, Double) {
            try predictedDifference(low, high, on: backend)
        }
        let (difference, magnitude) = try predicted(on: try backend.make())
        let tolerance = 1e-6 * magnitude + Self.lossRounding
        #expect(abs(slope - difference) <= tolerance, "\(slope), predicted \(difference) of \(magnitude)")
    }

    /// Two points on both sides of the initial weights.
    private func points(_ line: Line) -> (low: [Float], high: [Float]) {
        let moved = line.entry.map { layout[$0] }.map { $0.offset..<$0.offset + $0.count }
        var (low, high) = (initial.parameters, initial.parameters)
        for index in moved ?? initial.parameters.indices {
            // A fixed direction without a pattern: multiples of the golden ratio, modulo 1.
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

    /// The difference of the loss that the gradient half-way predicts, and the sum of its absolute terms.
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
        let stack = try ResNetStack(models: 1, samples: Self.samples, on: backend)
        try stack.load([StateDictionary(parameters: parameters, statistics: initial.statistics)])
        let batch = try golden.batches(of: Self.samples, for: stack, on: backend)
        let scores = try stack.makeScores(steps: 1)
        try stack.computeGradients(on: batch, scores: scores, step: 0)
        return (try stack.readGradients(), scores)
    }
}
