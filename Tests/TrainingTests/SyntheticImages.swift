import Datasets
import NumPyRandom

/// Small images that a network learns quickly: noise with a bright bar, whose position depends on the class.
func syntheticImages(_ count: Int, seed: UInt32) -> LabelledImages {
    var random = RandomState(seed: seed)
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    for sample in 0..<count {
        let label = sample % 10
        labels.append(UInt8(label))
        for row in 0..<28 {
            for _ in 0..<28 {
                let noise = random.uniform(0, 60)
                pixels.append(UInt8((row - 4) / 2 == label ? 180 + noise : noise))
            }
        }
    }
    return LabelledImages(pixels: pixels, labels: labels, rows: 28, columns: 28)
}

/// A data set of synthetic images.
func syntheticData(training: Int, test: Int) -> FashionMNIST {
    FashionMNIST(training: syntheticImages(training, seed: 1), test: syntheticImages(test, seed: 2))
}
