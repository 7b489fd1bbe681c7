import Backend
import ParityCases

/// One step of the self-test of a device: a check of an operation, or the training of a network.
struct SelfTestStep {
    /// The operation, as a row of the table.
    let operation: String
    /// The step in words, which begin with the operation.
    let name: String
    let run: (any Backend) throws -> ParityReport

    /// The steps for a device, in their order.
    static func all(for device: DeviceDescription) throws -> [SelfTestStep] {
        let isSlow = device.isSoftwareRasterizer
        let checks = ParityCheck.all.filter { !isSlow || $0.isSmall }.map { check in
            SelfTestStep(operation: check.operation.rawValue, name: "\(check)", run: check.run)
        }
        let trainings = try TrainingGolden.all().filter { !isSlow || $0.isSmall }.map { golden in
            SelfTestStep(operation: "training", name: "training, \(golden.network)") { try golden.run(on: $0) }
        }
        return checks + trainings
    }

    /// The number of steps that are left out, because the device would take minutes for each.
    static func leftOut(for device: DeviceDescription) throws -> Int {
        try ParityCheck.all.count + TrainingGolden.all().count - all(for: device).count
    }
}
