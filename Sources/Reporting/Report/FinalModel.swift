/// What a report shows of the final model: its errors on the test set.
///
/// It is a user attribute of the journal, so that a later report has it too.
package struct FinalModel: Sendable, Equatable, Codable {
    /// The name of the attribute.
    package static let attribute = "final_model"

    /// The greatest number of images.
    package static let imageLimit = 24

    /// The greatest side of an image, in pixels; larger ones are made smaller.
    package static let imageSide = 64

    /// An image whose class is not the predicted one.
    package struct Mistake: Sendable, Equatable, Codable {
        /// The index in the test set, from 0.
        package let sample: Int

        /// The class, from 0.
        package let label: Int

        /// The predicted class, from 0.
        package let predicted: Int

        /// The predicted probability of that class.
        package let probability: Double

        /// A PNG file, in base64.
        package let png: String

        /// Creates a mistake.
        package init(sample: Int, label: Int, predicted: Int, probability: Double, png: [UInt8]) {
            self.sample = sample
            self.label = label
            self.predicted = predicted
            self.probability = probability
            self.png = png.base64
        }
    }

    /// The learning rate and the other hyperparameters, in words.
    package let trainedWith: String

    /// The mean loss over the test set, in nats.
    package let testLoss: Double

    /// The fraction of the test set that is classified correctly.
    package let testAccuracy: Double

    /// The names of the classes.
    package let classNames: [String]

    /// The number of test images, `[class][predicted class]`.
    package let confusion: [[Int]]

    /// The wrong predictions of the highest probabilities, the highest first.
    package let mistakes: [Mistake]

    /// Creates the description of a model.
    package init(
        trainedWith: String, testLoss: Double, testAccuracy: Double, classNames: [String], confusion: [[Int]],
        mistakes: [Mistake]
    ) {
        self.trainedWith = trainedWith
        self.testLoss = testLoss
        self.testAccuracy = testAccuracy
        self.classNames = classNames
        self.confusion = confusion
        self.mistakes = mistakes
    }
}

extension [UInt8] {
    /// The bytes in base64 (RFC 4648, section 4).
    var base64: String {
        let digits = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: count, by: 3) {
            let group = self[start..<Swift.min(start + 3, count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
