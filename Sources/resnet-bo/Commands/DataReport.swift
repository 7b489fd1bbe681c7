import ArgumentParser
import Datasets
import Platform
import Reporting

/// `resnet-bo data` says what images there are at a path.
struct DataReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look at images before a training: classes, sizes, means, and images that are in both sets.")

    @Argument(help: "A folder or a file, as for --data; Fashion-MNIST without one.", transform: OptionValue.name)
    var path: String?

    @Option(help: "Write the first ten training images of each class as a PNG file.", transform: OptionValue.name)
    var sheet: String?

    @OptionGroup var reading: ReadingFlags
    @OptionGroup var seed: TestShareSeed
    @OptionGroup var output: OutputOptions

    func run() throws {
        let sheet = try sheet.map(OutputFile.init)
        let found = try reading.find(
            ImagePart.allCases, at: path, options: reading.options(seed: seed.seed))
        let report = Report(found)
        try sheet?.write(found.dataset.training.contactSheet())
        try output.write(report, text: report.text)
    }
}

/// The report about a data set; also the JSON.
private struct Report: Encodable {
    var name: String
    var kind: String
    var path: String
    var notes: [String]
    var checksum: String
    var channels: Int
    var rows: Int
    var columns: Int
    var trainingImages: Int
    var testImages: Int
    var classes: [Class]
    /// Of the training images, for each channel, where a byte is divided by 255.
    var means: [Double]
    var deviations: [Double]
    /// The test images that are training images too.
    var repetitions: [Repetition]

    /// The images of a class.
    struct Class: Encodable {
        var name: String
        var training: Int
        var test: Int
    }

    /// A test image that is a training image too.
    struct Repetition: Encodable {
        var test: Int
        var training: Int
        var sameClass: Bool
    }

    init(_ found: FoundImages) {
        let data = found.dataset
        let (training, test) = (ImageStatistics(of: data.training), ImageStatistics(of: data.test))
        name = found.name
        kind = found.kind
        path = found.path
        notes = found.notes
        checksum = data.checksum
        channels = data.format.channels
        rows = data.format.rows
        columns = data.format.columns
        trainingImages = data.training.count
        testImages = data.test.count
        classes = data.format.classNames.indices.map { index in
            Class(
                name: data.format.classNames[index], training: training.counts[index], test: test.counts[index])
        }
        means = training.means
        deviations = training.deviations
        repetitions = data.repetitions.map { Repetition(test: $0.test, training: $0.training, sameClass: $0.sameClass) }
    }

    /// The report as text.
    var text: String {
        let classTable = Table(
            ["class", "name", "training", "test"],
            classes.enumerated().map { ["\($0)", $1.name, "\($1.training)", "\($1.test)"] }
                + [["", "all", "\(trainingImages)", "\(testImages)"]], leftAligned: 2)
        let channelTable = Table(
            ["channel", "mean", "deviation"],
            means.indices.map {
                ["\($0)", means[$0].formatted(fractionDigits: 4), deviations[$0].formatted(fractionDigits: 4)]
            })
        let others = repetitions.filter { !$0.sameClass }.count
        let examples = repetitions.prefix(5).map { "test \($0.test) is training \($0.training)" }
        let doubles =
            repetitions.isEmpty
            ? "No test image is a training image too."
            : "\(repetitions.count) of \(testImages) test images are training images too, "
                + "\(others) of them in another class: \(examples.joined(separator: ", "))"
                + (repetitions.count > 5 ? ", ..." : "")
        return
            ([
                "\(name): images of \(channels) x \(rows) x \(columns) (channels, rows, columns), checksum \(checksum)",
                "",
            ]
            + classTable.lines + [""] + channelTable.lines + ["", doubles])
            .joined(separator: "\n")
    }
}
