package import Backend

/// A check of the parity suite: a case of an operation and what is expected of it, on any backend.
package struct ParityCheck: Sendable, CustomStringConvertible {
    package let operation: CheckedOperation
    /// The case, and what is expected.
    package let name: String
    /// Whether the case is small enough for a slow device.
    package let isSmall: Bool
    private let compare: @Sendable (any Backend) throws(BackendError) -> [Comparison]

    package var description: String { "\(operation.rawValue), \(name)" }

    init(
        _ operation: CheckedOperation, _ name: String, isSmall: Bool = true,
        compare: @escaping @Sendable (any Backend) throws(BackendError) -> [Comparison]
    ) {
        self.operation = operation
        self.name = name
        self.isSmall = isSmall
        self.compare = compare
    }

    /// Runs the operation on a backend, and compares its results.
    ///
    /// - Throws: what the backend throws.
    package func run(on backend: any Backend) throws(BackendError) -> ParityReport {
        ParityReport(check: "\(self)", comparisons: try compare(backend))
    }

    /// All checks, operation by operation.
    package static let all: [ParityCheck] = {
        let checks =
            storageChecks + gatherChecks + fusedLayerChecks + averagePoolChecks + paddedShortcutChecks
            + dropoutChecks + linearChecks + lossChecks + optimizerChecks
        return CheckedOperation.allCases.flatMap { operation in checks.filter { $0.operation == operation } }
    }()

    /// The checks of some operations.
    package static func all(of operations: CheckedOperation...) -> [ParityCheck] {
        all.filter { operations.contains($0.operation) }
    }
}

/// What a ``ParityCheck`` has found on a backend.
package struct ParityReport: Sendable, CustomStringConvertible {
    /// The check, in words.
    package let check: String
    package let comparisons: [Comparison]

    package init(check: String, comparisons: [Comparison]) {
        self.check = check
        self.comparisons = comparisons
    }

    /// The comparison with the largest error in units of its tolerance, the first of equals; nil without one.
    package var worst: Comparison? {
        comparisons.reduce(nil) { worst, next in next.ratio > worst?.ratio ?? -1 ? next : worst }
    }

    /// What is wrong first, in a line; nil if nothing is.
    package var failure: String? {
        comparisons.first { !$0.isPassing }.map { failed in
            let ratio = failed.ratio.isFinite ? "; error \(failed.ratio) times the tolerance" : ""
            return "\(check), \(failed.subject): \(failed.difference ?? "")\(ratio)"
        }
    }

    package var description: String { failure ?? "\(check): passes" }
}

extension DeviceDescription {
    /// Whether the device is a software rasteriser, which would take minutes for a large case.
    package var isSoftwareRasterizer: Bool { Self.isSoftwareRasterizer(name) }

    /// Whether a device of this name is a software rasteriser.
    package static func isSoftwareRasterizer(_ name: String) -> Bool { name.contains("llvmpipe") }
}
