import Backend
import ReferenceBackend
import Testing

/// One case of an operation, or of an operation with its gradients, to run on any backend.
protocol ParityOperation: Sendable, CustomTestStringConvertible {
    /// Samples of each model of the stack.
    var counts: SampleCounts { get }
    /// Whether the case is small enough for a slow device.
    var isSmall: Bool { get }
    /// The inputs into which ``expectPoisonStays(in:on:)`` puts values that are not finite.
    var poisonable: [String] { get }

    /// What goes in, for all models; the same in every call.
    func makeInputs() throws -> Tensors

    /// Runs the operation; what may hold anything, such as padding samples, comes out as zero.
    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws -> Tensors

    /// How far each output may lie from the reference's; no entry for an output that has to be equal.
    func tolerances(_ inputs: Tensors, expected: Tensors) throws -> [String: [Double]]
}

extension ParityOperation {
    var models: Int { counts.models }
    var isSmall: Bool { true }

    /// The operation with the exact reference.
    func reference(_ inputs: Tensors) throws -> Tensors {
        try run(inputs, counts: counts, on: ReferenceBackend(.double))
    }
}

/// A value where it was not expected.
private struct Mismatch {
    /// The error in units of the tolerance.
    var ratio: Double
    var description: String
}

/// Expects a backend's results to lie within the tolerance of the reference's.
func expectParity(
    of operation: some ParityOperation, on backend: BackendUnderTest, inputs: Tensors? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    guard operation.isSmall || !backend.isSlow else { return }
    let inputs = try inputs ?? operation.makeInputs()
    let expected = try operation.reference(inputs)
    let tolerances = try operation.tolerances(inputs, expected: expected)
    let found = try backend.use { try operation.run(inputs, counts: operation.counts, on: $0) }
    #expect(found.names == expected.names, sourceLocation: sourceLocation)
    for name in expected.names {
        let worst = worstMismatch(found[name].values, expected[name].values, tolerances[name])
        #expect(
            (worst?.ratio ?? 0) <= 1,
            "\(backend.name), \(operation.testDescription), \(name): \(worst?.description ?? "")",
            sourceLocation: sourceLocation)
    }
}

/// The element furthest outside its tolerance, in units of the tolerance.
///
/// Where a value that is not finite is expected, one has to be found (the order of a sum decides whether NaN or infinity).
/// A tolerance that is not finite says that the operation leaves the value open: zero times infinity, where a backend may
/// leave the zero out. Without tolerances the values have to be identical, one NaN as good as another.
private func worstMismatch(_ found: [Float], _ expected: [Float], _ tolerances: [Double]?) -> Mismatch? {
    guard found.count == expected.count else {
        return Mismatch(ratio: .infinity, description: "\(found.count) values instead of \(expected.count)")
    }
    var worst: Mismatch?
    for index in found.indices {
        let tolerance = tolerances?[index] ?? 0
        let ratio: Double
        if tolerances == nil {
            ratio = isIdentical(found[index], expected[index]) ? 0 : .infinity
        } else if !expected[index].isFinite {
            ratio = found[index].isFinite ? .infinity : 0
        } else if !tolerance.isFinite {
            ratio = 0
        } else {
            let error = abs(Double(found[index]) - Double(expected[index]))
            ratio = error == 0 ? 0 : error.isFinite ? error / tolerance : .infinity
        }
        if ratio > worst?.ratio ?? 0 {
            worst = Mismatch(
                ratio: ratio,
                description: "worst at \(index): found \(found[index]), expected \(expected[index]), "
                    + "error \(ratio) times the tolerance \(tolerance)")
        }
    }
    return worst
}

/// Expects a stack of models to give, bit for bit, what each model alone gives.
func expectStackEqualsSeparateRuns(
    of operation: some ParityOperation, on backend: BackendUnderTest,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    guard operation.models > 1, operation.isSmall || !backend.isSlow else { return }
    let inputs = try operation.makeInputs()
    try backend.use { backend in
        let together = try operation.run(inputs, counts: operation.counts, on: backend)
        for model in 0..<operation.models {
            let alone = try operation.run(
                inputs.model(model), counts: SampleCounts([operation.counts.perModel[model]]), on: backend)
            for name in together.names {
                expectIdentical(
                    together[name].values(of: model), alone[name].values(of: 0),
                    "\(operation.testDescription), \(name) of model \(model), in the stack and alone", sourceLocation)
            }
        }
    }
}

/// Puts NaN, then infinities, into one model, and expects them to do there what the reference says, and nothing at all,
/// bit for bit, to its neighbours.
func expectPoisonStays(
    inItsModelOf operation: some ParityOperation, on backend: BackendUnderTest,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    guard operation.models > 1, operation.isSmall || !backend.isSlow,
        let victim = operation.counts.perModel.lastIndex(where: { $0 > 1 })
    else { return }
    let clean = try operation.makeInputs()
    for poison in [[Float.nan], [.infinity, -.infinity]] {
        var poisoned = clean
        for name in operation.poisonable {
            let places = clean[name].poisonPlaces(samples: operation.counts.perModel[victim])
            for (number, place) in places.enumerated() {
                poisoned[name].values[victim * clean[name].valuesPerModel + place] = poison[number % poison.count]
            }
        }
        try expectParity(of: operation, on: backend, inputs: poisoned, sourceLocation: sourceLocation)
        try backend.use { backend in
            let before = try operation.run(clean, counts: operation.counts, on: backend)
            let after = try operation.run(poisoned, counts: operation.counts, on: backend)
            for name in before.names {
                for model in 0..<operation.models where model != victim {
                    expectIdentical(
                        after[name].values(of: model), before[name].values(of: model),
                        "\(operation.testDescription), \(name) of model \(model), with \(poison) in model \(victim) "
                            + "and without", sourceLocation)
                }
            }
        }
    }
}

/// Expects the same numbers, bit for bit; one NaN is as good as another.
func expectIdentical(
    _ found: some Collection<Float>, _ expected: some Collection<Float>, _ what: String,
    _ sourceLocation: SourceLocation = #_sourceLocation
) {
    let difference = zip(found, expected).enumerated().first { !isIdentical($0.element.0, $0.element.1) }
    #expect(
        difference == nil && found.count == expected.count,
        "\(what): \(difference.map { "\($0.element.0) and \($0.element.1) at \($0.offset)" } ?? "another length")",
        sourceLocation: sourceLocation)
}

private func isIdentical(_ one: Float, _ other: Float) -> Bool {
    one.bitPattern == other.bitPattern || (one.isNaN && other.isNaN)
}
