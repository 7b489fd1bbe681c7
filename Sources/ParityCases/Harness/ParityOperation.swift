import Backend
import ReferenceBackend

/// One case of an operation, or of an operation with its gradients, to run on any backend.
protocol ParityOperation: Sendable, CustomStringConvertible {
    /// The operation in reports.
    var operation: CheckedOperation { get }
    /// The samples of each model of the stack.
    var counts: SampleCounts { get }
    /// Whether the case is small enough for a slow device.
    var isSmall: Bool { get }
    /// The inputs that may have values that are not finite; such values must not reach another model.
    var poisonable: [String] { get }

    /// The inputs of all models; the same in every call.
    func makeInputs() throws(BackendError) -> Tensors

    /// Runs the operation and returns its results; undefined values, such as padding samples, are zero.
    func run<B: Backend>(_ inputs: Tensors, counts: SampleCounts, on backend: B) throws(BackendError) -> Tensors

    /// The tolerance of each output; no entry for an output that must be equal to the reference's.
    func tolerances(_ inputs: Tensors, expected: Tensors) throws(BackendError) -> [String: [Double]]
}

extension ParityOperation {
    var models: Int { counts.models }
    var isSmall: Bool { true }

    /// The results of the exact reference.
    func reference(_ inputs: Tensors) throws(BackendError) -> Tensors {
        try run(inputs, counts: counts, on: ReferenceBackend(.double))
    }

    /// The checks of all cases: against the reference, and stacks against separate runs and with values that are not finite.
    static func checks(_ cases: [Self]) -> [ParityCheck] {
        let stacks = cases.filter { $0.models > 1 }
        return cases.map {
            $0.check("") { operation, backend throws(BackendError) in
                try operation.compareWithReference(operation.makeInputs(), on: backend)
            }
        }
            + stacks.map {
                $0.check(", the stack and separate runs") { operation, backend throws(BackendError) in
                    try operation.compareStackWithSeparateRuns(on: backend)
                }
            }
            + stacks.filter { !$0.poisonable.isEmpty }.map {
                $0.check(", one model not finite") {
                    operation, backend throws(BackendError) in
                    try operation.comparePoisoned(on: backend)
                }
            }
    }

    /// A check of this case.
    ///
    /// - Parameter expectation: follows the case in the name of the check.
    func check(
        _ expectation: String,
        compare: @escaping @Sendable (Self, any Backend) throws(BackendError) -> [Comparison]
    ) -> ParityCheck {
        ParityCheck(operation, "\(self)\(expectation)", isSmall: isSmall) { backend throws(BackendError) in
            try compare(self, backend)
        }
    }

    /// Compares the results with the reference's.
    func compareWithReference(_ inputs: Tensors, on backend: some Backend) throws(BackendError) -> [Comparison] {
        let expected = try reference(inputs)
        let tolerances = try tolerances(inputs, expected: expected)
        let found = try run(inputs, counts: counts, on: backend)
        guard found.names == expected.names else {
            return [
                Comparison("the results", false, failure: "\(found.names) instead of \(expected.names)")
            ]
        }
        return expected.names.map { name in
            Comparison(name, found[name].values, expected: expected[name].values, tolerances: tolerances[name])
        }
    }

    /// Compares the models of a stack with each model alone: their bits must be the same.
    private func compareStackWithSeparateRuns(on backend: some Backend) throws(BackendError) -> [Comparison] {
        let inputs = try makeInputs()
        let together = try run(inputs, counts: counts, on: backend)
        var comparisons: [Comparison] = []
        for model in 0..<models {
            let alone = try run(
                inputs.model(model), counts: SampleCounts([counts.perModel[model]]), on: backend)
            comparisons += together.names.map { name in
                Comparison(
                    "\(name) of model \(model), in the stack and alone", together[name].values(of: model),
                    expected: alone[name].values(of: 0))
            }
        }
        return comparisons
    }

    /// Writes NaN, then infinities, to the inputs of one model.
    ///
    /// That model must have the results of the reference, and the others the bits that they have without.
    private func comparePoisoned(on backend: some Backend) throws(BackendError) -> [Comparison] {
        guard let victim = counts.perModel.lastIndex(where: { $0 > 1 }) ?? counts.perModel.lastIndex(where: { $0 > 0 })
        else { preconditionFailure("no model has samples") }
        let clean = try makeInputs()
        var comparisons: [Comparison] = []
        for poison in [[Float.nan], [.infinity, -.infinity]] {
            var poisoned = clean
            for name in poisonable {
                let indices = clean[name].poisonIndices(samples: counts.perModel[victim])
                for (number, index) in indices.enumerated() {
                    poisoned[name].values[victim * clean[name].valuesPerModel + index] = poison[number % poison.count]
                }
            }
            comparisons += try compareWithReference(poisoned, on: backend)
            let before = try run(clean, counts: counts, on: backend)
            let after = try run(poisoned, counts: counts, on: backend)
            for name in before.names {
                for model in 0..<models where model != victim {
                    comparisons.append(
                        Comparison(
                            "\(name) of model \(model), with \(poison) in model \(victim) and without",
                            after[name].values(of: model), expected: before[name].values(of: model)))
                }
            }
        }
        return comparisons
    }
}
