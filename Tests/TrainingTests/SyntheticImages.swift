import Backend
import Datasets
import NeuralNetwork
import NumPyRandom
import Training

/// A format of images; its classes are named by their numbers.
func syntheticFormat(channels: Int = 1, rows: Int = 28, columns: Int = 28, classes: Int = 10) -> LabelledImages.Format {
    LabelledImages.Format(channels: channels, rows: rows, columns: columns, classNames: (0..<classes).map { "\($0)" })
}

/// Small images that a network learns quickly: noise with a bright bar, whose position depends on the class.
func syntheticImages(_ count: Int, seed: UInt32, format: LabelledImages.Format = syntheticFormat()) -> LabelledImages {
    var random = RandomState(seed: seed)
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    for sample in 0..<count {
        let label = sample % format.classes
        labels.append(UInt8(label))
        for _ in 0..<format.channels {
            for row in 0..<format.rows {
                for _ in 0..<format.columns {
                    let noise = random.uniform(0, 60)
                    pixels.append(UInt8((row - 4) / 2 == label ? 180 + noise : noise))
                }
            }
        }
    }
    return LabelledImages(pixels: pixels, labels: labels, format: format)
}

/// A data set of synthetic images.
func syntheticData(
    training: Int, test: Int, format: LabelledImages.Format = syntheticFormat()
) -> ImageDataset {
    ImageDataset(
        name: "bars", training: syntheticImages(training, seed: 1, format: format),
        test: syntheticImages(test, seed: 2, format: format))
}

/// The network for images of a format: the seed's, which takes several channels here.
func network(for format: LabelledImages.Format = syntheticFormat()) -> NetworkPlan {
    try! NetworkPlan(.seed(for: SampleShape(format), classes: format.classes))
}
