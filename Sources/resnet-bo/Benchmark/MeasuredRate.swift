import Backend
import Backends
import Datasets
import NeuralNetwork
import Platform

extension TrainingRate {
    /// The models and images of a measured step: the five folds of a cross-validation.
    private static let models = 5
    private static let batchSize = 64
    /// The time that a device is measured, in seconds, after a pass that builds the kernels.
    private static let seconds = 0.5

    /// How `rate` is printed.
    static let unit = "images/s in training (stack of \(models), batches of \(batchSize))"

    /// Trains the network of the commands on images without meaning, where the choice of a device needs it; says so on
    /// standard error.
    static var measured: TrainingRate {
        TrainingRate { entry in
            StandardError.write("Measuring \(entry.name), to choose a device; the figure is kept")
        } measure: { backend in
            try rate(of: backend)
        }
    }

    private static func rate(of backend: some Backend) throws -> Double {
        let bench = try StepBench.onNoise(models: models, batchSize: batchSize, on: backend)
        return try bench.imagesPerSecond(.training, for: seconds)
    }
}

extension StepBench {
    /// The network of the commands on images of irregular bytes, for devices that are measured without a data set.
    static func onNoise(models: Int, batchSize: Int, on backend: B) throws -> StepBench {
        let format = LabelledImages.Format(
            channels: 1, rows: 28, columns: 28, classNames: (0..<10).map { "\($0)" })
        let count = 10 * batchSize
        let images = LabelledImages(
            pixels: (0..<count * format.imageBytes).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) },
            labels: (0..<count).map { UInt8($0 % format.classes) }, format: format)
        return try StepBench(
            models: models, batchSize: batchSize, images: images, network: NetworkChoice.seed.plan(for: format),
            on: backend)
    }
}
