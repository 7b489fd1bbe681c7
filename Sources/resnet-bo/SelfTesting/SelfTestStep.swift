import Backend
import ParityCases

/// One step of the self-test of a device: a check of an operation, or the training of a network.
struct SelfTestStep {
    /// The name of ``operation`` of the trainings.
    private static let training = "training"

    /// The operations in the order of the steps.
    static let operations = CheckedOperation.allCases.map(\.rawValue) + [training]

    /// The operation, as a row of the table.
    let operation: String
    /// The step in words, which begin with the operation.
    let name: String
    let isSmall: Bool
    let run: (any Backend) throws -> ParityReport

    /// The steps for all devices.
    private static func all() throws -> [SelfTestStep] {
        try ParityCheck.all.map { check in
            SelfTestStep(
                operation: check.operation.rawValue, name: "\(check)", isSmall: check.isSmall, run: check.run)
        }
            + TrainingGolden.all().map { golden in
                SelfTestStep(operation: training, name: "\(training), \(golden.network)", isSmall: golden.isSmall) {
                    try golden.run(on: $0)
                }
            }
    }

    /// The steps of some operations for a device, and the number of those that would take minutes on it.
    static func steps(
        of operations: [String], for device: DeviceDescription
    ) throws -> (steps: [SelfTestStep], leftOut: Int) {
        let wanted = try all().filter { operations.contains($0.operation) }
        let steps = wanted.filter { $0.isSmall || !device.isSoftwareRasterizer }
        return (steps, wanted.count - steps.count)
    }
}
