import Backend
import ReferenceBackend
import TestSupport
import Testing

/// One case of an operation, or of an operation with its gradients, to run on any backend.
protocol ParityOperation: Sendable, CustomTestStringConvertible {
    /// The samples of each model of the stack.
    var counts: SampleCounts { get }
    /// Whether the case is small enough for a slow device.
    var isSmall: Bool { get }
    /// The inputs into which ``expectPoisonStays(inItsModelOf:on:sourceLocation:)`` writes values that are not finite.
    var poisonable: [String] { get }

    /// The inputs of all models; the same in every call.
    func makeInputs() throws -> Tensors

    /// Runs the operation and returns its results; undefined values, such as padding samples, are zero.
    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws -> Tensors

    /// The tolerance of each output; no entry for an output that must be equal to the reference's.
    func tolerances(_ inputs: Tensors, expected: Tensors) throws -> [String: [Double]]
}

extension ParityOperation {
    var models: Int { counts.models }
    var isSmall: Bool { true }

    /// The results of the exact reference.
    func reference(_ inputs: Tensors) throws -> Tensors {
        try run(inputs, counts: counts, on: ReferenceBackend(.double))
    }
}

extension Array where Element: ParityOperation {
    /// The cases for tests that compare models with each other.
    var ofSeveralModels: [Element] { filter { $0.models > 1 } }
}

/// Skips a case that would take a software rasteriser minutes.
private func skipUnlessFastEnough(_ backend: BackendUnderTest, _ operation: some ParityOperation) throws {
    guard !operation.isSmall, backend.isSlow else { return }
    try Test.cancel("\(backend.name) runs only the small cases")
}

/// A value outside its tolerance.
private struct Mismatch {
    /// The error in units of the tolerance.
    var ratio: Double
    var description: String
}

/// Expects the results of a backend to be within the tolerances of the reference's.
func expectParity(
    of operation: some ParityOperation, on backend: BackendUnderTest, inputs: Tensors? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    try skipUnlessFastEnough(backend, operation)
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
/// If the expected value is not finite, the found value must not be finite either (NaN or infinity depends on the order of a
/// sum). A tolerance that is not finite means that the value is undefined: zero times infinity, where a backend may skip the
/// zero. Without tolerances the values must be identical; all NaN are equal.
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
    precondition(operation.models > 1, "a stack of one model is no stack")
    try skipUnlessFastEnough(backend, operation)
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

/// Writes NaN, then infinities, to the inputs of one model.
///
/// Expects the results of the reference in that model, and unchanged bits in the other models.
func expectPoisonStays(
    inItsModelOf operation: some ParityOperation, on backend: BackendUnderTest,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    try skipUnlessFastEnough(backend, operation)
    let counts = operation.counts.perModel
    let victim = try #require(counts.lastIndex { $0 > 1 } ?? counts.lastIndex { $0 > 0 })
    let clean = try operation.makeInputs()
    for poison in [[Float.nan], [.infinity, -.infinity]] {
        var poisoned = clean
        for name in operation.poisonable {
            let indices = clean[name].poisonIndices(samples: operation.counts.perModel[victim])
            for (number, index) in indices.enumerated() {
                poisoned[name].values[victim * clean[name].valuesPerModel + index] = poison[number % poison.count]
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

/// Expects the same numbers, bit for bit; all NaN are equal.
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
