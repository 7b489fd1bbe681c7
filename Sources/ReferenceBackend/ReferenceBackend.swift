package import Backend

/// The reference for all backends: each operation as plain loops over NCHW, with sums in Double.
///
/// It implements the formulas of the contract and the semantics of PyTorch's modules, independently of other backends and
/// without optimisation. Its results are exact up to a rounding error of Double, 2⁻²⁹ of the rounding error of fp32.
package final class ReferenceBackend: Backend {
    /// The precision of stored numbers.
    package enum Precision: Sendable {
        /// Results are rounded to fp32 once, when they are stored: the best possible result of an fp32 backend.
        case single
        /// Results are not rounded, which finite differences need.
        case double
    }

    /// The precision of stored numbers.
    package let precision: Precision

    /// Opens the reference.
    package init(_ precision: Precision = .single) {
        self.precision = precision
    }

    package var device: DeviceDescription {
        DeviceDescription(
            backend: "reference", name: "scalar loops, stored in \(precision) precision", vendor: "", driver: "",
            kind: .cpu, computeUnits: 1, clockMegahertz: 0, memoryBytes: 0)
    }

    package func preferredModels(samples: Int) -> Int { .max }

    /// The stored value of a computed number.
    func stored(_ value: Double) -> Double {
        switch precision {
        case .single: Double(Float(value))
        case .double: value
        }
    }
}
