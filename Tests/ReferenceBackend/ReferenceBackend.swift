package import Backend

/// The definition that every backend is held against: each operation as plain loops over NCHW, with sums in Double.
///
/// It is written from the formulas of the contract and the semantics of PyTorch's modules, not from another backend,
/// and it makes no attempt at speed. Its results are the exact ones up to a rounding error of Double, 2⁻²⁹ of the
/// rounding error that the backends under test are allowed.
package final class ReferenceBackend: Backend {
    /// How many digits a stored number keeps.
    package enum Precision: Sendable {
        /// Results are rounded to fp32 once, when they are stored: the best that any fp32 backend could do.
        case single
        /// Results stay as they were computed, which finite differences need.
        case double
    }

    /// How many digits a stored number keeps.
    package let precision: Precision

    /// A backend that holds nothing yet.
    package init(_ precision: Precision = .single) {
        self.precision = precision
    }

    package var device: DeviceDescription {
        DeviceDescription(
            backend: "reference", name: "scalar loops, stored in \(precision) precision", vendor: "", driver: "",
            kind: .cpu, computeUnits: 1, clockMegahertz: 0, memoryBytes: 0)
    }

    package func preferredModels(samples: Int) -> Int { .max }

    /// What a stored number keeps of a computed one.
    func stored(_ value: Double) -> Double {
        switch precision {
        case .single: Double(Float(value))
        case .double: value
        }
    }
}
