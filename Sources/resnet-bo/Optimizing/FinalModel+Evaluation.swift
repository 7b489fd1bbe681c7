import Datasets
import Platform
import Reporting
import Studies
import Training

extension FinalModel {
    /// The errors of a model on its test set.
    ///
    /// - Throws: `DatasetError` for an image that can't be encoded.
    init(trainedWith parameters: [NamedValue], _ evaluation: Evaluation, on images: LabelledImages) throws {
        let classes = images.format.classes
        var confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes)
        var mistakes: [(sample: Int, label: Int, predicted: Int, probability: Double)] = []
        for sample in 0..<images.count {
            let logits = evaluation.logits[sample * classes..<(sample + 1) * classes]
            let label = Int(images.labels[sample])
            guard let largest = logits.max(), let index = logits.firstIndex(of: largest) else { continue }
            let predicted = index - logits.startIndex
            confusion[label][predicted] += 1
            if predicted != label {
                let probability = 1 / logits.reduce(0) { $0 + exp(Double($1) - Double(largest)) }
                mistakes.append((sample, label, predicted, probability))
            }
        }
        mistakes.sort { ($1.probability, $0.sample) < ($0.probability, $1.sample) }
        self.init(
            trainedWith: parameters.map { "\($0.label) \($0.value)" }.joined(separator: ", "),
            testLoss: evaluation.score.loss, testAccuracy: evaluation.score.accuracy,
            classNames: images.format.classNames, confusion: confusion,
            mistakes: try mistakes.prefix(Self.imageLimit).map { mistake in
                Mistake(
                    sample: mistake.sample, label: mistake.label, predicted: mistake.predicted,
                    probability: mistake.probability, png: try images.png(of: mistake.sample, atMost: Self.imageSide))
            })
    }
}
