import ArgumentParser
import Datasets

/// A normalisation as `--normalize` names it.
enum NormalizationChoice: Sendable {
    /// Pixels from 0 to 1.
    case none
    /// By the means and deviations of the training images.
    case dataset
    /// By the means of all channels, and then the deviations of all.
    case numbers([Float])

    /// Reads `none`, `dataset`, or numbers separated by commas.
    @Sendable init(_ text: String) throws {
        switch text {
        case "none": self = .none
        case "dataset": self = .dataset
        default:
            let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) ?? .nan }
            let half = numbers.count / 2
            guard numbers.count % 2 == 0,
                Normalization(means: Array(numbers[..<half]), deviations: Array(numbers[half...])) != nil
            else {
                throw ValidationError(
                    "it must be none, dataset, or the means and then the deviations of all channels, which are above 0, "
                        + "such as 0.286,0.353")
            }
            self = .numbers(numbers)
        }
    }
}

/// The option that normalises the images.
struct NormalizationOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Subtract the mean from the pixels (0 to 1) of each channel, and divide by the deviation: none, dataset (those of "
                + "the training images), or the means of all channels and then the deviations, such as 0.286,0.353. "
                + "(default: that of saved weights, otherwise none)",
            valueName: "none|dataset|numbers"),
        transform: NormalizationChoice.init)
    var normalize: NormalizationChoice?

    /// Images with the normalisation.
    ///
    /// - Parameter model: That of saved weights, which holds without the flag.
    func apply(to data: ImageDataset, like model: Normalization? = nil) throws -> ImageDataset {
        data.normalized(by: try normalization(of: data.format, like: model) { try Normalization(of: data.training) })
    }

    /// The images of one set with the normalisation.
    func apply(to images: LabelledImages, like model: Normalization?) throws -> LabelledImages {
        images.normalized(
            by: try normalization(of: images.format, like: model) {
                throw ValidationError("--normalize dataset: this command reads no training images; write the numbers")
            })
    }

    private func normalization(
        of format: LabelledImages.Format, like model: Normalization?, measured: () throws -> Normalization
    ) throws -> Normalization? {
        switch normalize {
        case .none?: return nil
        case .dataset?: return try measured()
        case .numbers(let numbers)?:
            guard numbers.count == 2 * format.channels else {
                throw ValidationError(
                    "--normalize: images of \(format.channels) \(format.channels == 1 ? "channel" : "channels") need "
                        + "\(2 * format.channels) numbers, not \(numbers.count)")
            }
            return Normalization(
                means: Array(numbers[..<format.channels]), deviations: Array(numbers[format.channels...]))
        case nil: return model
        }
    }
}
