import Foundation
import TestSupport
import Testing

/// From a person's files to an answer, with one command, and then to a model that classifies.
@Suite(.timeLimit(.minutes(5))) struct EndToEndTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func succeed(_ arguments: [String]) throws -> Command.Result {
        let result = try Program.run(arguments)
        #expect(result.exitCode == 0, "\(arguments): \(result.errors)")
        return result
    }

    /// Searches, and saves a model; returns its path and the record of the study.
    private func optimize(_ data: String, _ flags: [String]) throws -> (
        model: String, errors: String, record: [String: Any]
    ) {
        let output = folder.path("study")
        let result = try succeed(
            [
                "optimize", "--data", data, "--evaluations", "2", "--initial", "0.1", "--lower", "0.02", "--upper",
                "0.3",
                "--folds", "2", "--retrain", "--output", output, "--cpu", "--json",
            ] + flags)
        return ("\(output)/model.safetensors", result.errors, try result.json())
    }

    /// Letters as EMNIST has them: 26 classes from 1 on, rows and columns exchanged, and a name before those of the files.
    @Test func letters() throws {
        for (part, perClass) in [("train", 10), ("test", 2)] {
            let labels = (0..<26 * perClass).map { UInt8($0 % 26 + 1) }
            var pixels: [UInt8] = []
            for (sample, label) in labels.enumerated() {
                // Two bars, whose rows are the class; they stand in the file as columns.
                let bars = [Int(label) % 6 * 2 + 1, 14 + Int(label) / 6 * 2]
                for column in 0..<20 {
                    for row in 0..<24 {
                        pixels.append(bars.contains(row) ? 200 : UInt8((sample * 31 + row * 17 + column * 13) % 60))
                    }
                }
            }
            try folder.write(idxFile([labels.count, 20, 24], pixels), to: "emnist-letters-\(part)-images-idx3-ubyte")
            try folder.write(idxFile([labels.count], labels), to: "emnist-letters-\(part)-labels-idx1-ubyte")
        }
        let (model, errors, record) = try optimize(
            folder.path("emnist-letters"), ["--transpose", "--stratify", "--epochs", "8", "--batch-size", "13"])
        #expect(
            errors.contains("260 training and 52 test images, 1 x 24 x 20, 26 classes; the labels start at 1"),
            "\(errors)")
        #expect(record["best"] is [String: Any])

        // The model knows that the file is transposed.
        let file = folder.path("emnist-letters-test-images-idx3-ubyte")
        let json = try succeed(["predict", file, "--model", model, "--cpu", "--json"]).json()
        let images = try #require(json["images"] as? [[String: Any]])
        #expect((json["classes"] as? [String])?.count == 26)
        let right = images.enumerated().count { $1["class"] as? String == "\($0 % 26)" }
        #expect(right >= 45, "\(right) of 52")
    }

    /// Colour images as CIFAR-10 has them, with the names of the classes in a file.
    @Test func colours() throws {
        let names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
        func record(_ label: Int, _ number: Int) -> [UInt8] {
            // The class is the colour of stripes, and their direction; the last class has none.
            let pixels = (0..<3072).map { index -> UInt8 in
                let (channel, row, column) = (index / 1024, index % 1024 / 32, index % 32)
                let across = [row, column, row + column, 0][label / 3]
                let isBright = label < 9 && channel == label % 3 && (across + number) % 8 < 4
                return isBright ? 230 : UInt8((index * 11 + number * 29) % 90)
            }
            return [UInt8(label)] + pixels
        }
        try folder.write((0..<100).flatMap { record($0 % 10, $0) }, to: "data_batch_1.bin")
        try folder.write((0..<100).flatMap { record($0 % 10, $0 + 100) }, to: "data_batch_2.bin")
        try folder.write((0..<40).flatMap { record($0 % 10, $0 + 200) }, to: "test_batch.bin")
        try folder.write(names.joined(separator: "\n"), to: "batches.meta.txt")
        let (model, errors, _) = try optimize(
            folder.path,
            [
                "--network", "resnet8", "--width", "0.5", "--normalize", "dataset", "--epochs", "6", "--batch-size",
                "10",
            ])
        #expect(errors.contains("200 training and 40 test images, 3 x 32 x 32, 10 classes"), "\(errors)")
        let score = try succeed(["evaluate", "--model", model, "--data", folder.path, "--cpu", "--json"]).json()
        #expect(try #require(score["test_accuracy"] as? Double) > 0.9)

        // An image of the user's own, with the channels of a pixel one after another.
        let planes = record(7, 307).dropFirst()
        let pixels = (0..<1024).flatMap { pixel in (0..<3).map { planes[1 + $0 * 1024 + pixel] } }
        let picture = try folder.write(pngFile(width: 32, height: 32, pixels), to: "horse.png")
        let text = try succeed(["predict", picture, "--model", model, "--cpu"]).output
        #expect(text.hasPrefix("\(picture): horse "), "\(text)")
    }
}
