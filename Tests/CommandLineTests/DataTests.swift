import Foundation
import TestSupport
import Testing

/// `resnet-bo data`, and images of the user's own in the commands that train.
@Suite(.timeLimit(.minutes(5))) struct DataTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try .withSyntheticData()
    }

    private func succeed(_ arguments: [String]) throws -> Command.Result {
        let result = try Program.run(arguments)
        #expect(result.exitCode == 0, "\(arguments): \(result.errors)")
        return result
    }

    @Test func report() throws {
        // The first test image becomes the third training image.
        let (train, test) = ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte")
        var images = Array(try Data(contentsOf: URL(filePath: folder.path(train))))
        let others = Array(try Data(contentsOf: URL(filePath: folder.path(test))))
        images.replaceSubrange((16 + 2 * 784)..<(16 + 3 * 784), with: others[16..<(16 + 784)])
        try folder.write(images, to: train)

        let result = try succeed(["data", folder.path, "--json"])
        let json = try result.json()
        #expect(json["training_images"] as? Int == 120 && json["test_images"] as? Int == 40)
        #expect(json["channels"] as? Int == 1 && json["rows"] as? Int == 28 && json["columns"] as? Int == 28)
        let classes = try #require(json["classes"] as? [[String: Any]])
        #expect(classes.count == 10)
        #expect(classes.allSatisfy { $0["training"] as? Int == 12 && $0["test"] as? Int == 4 })
        let repetitions = try #require(json["repetitions"] as? [[String: Any]])
        // The synthetic images differ by their number, but those of one number are the same in both sets.
        #expect(repetitions.contains { $0["test"] as? Int == 0 && $0["same_class"] as? Bool == true })
        #expect(
            result.errors
                == "IDX files in \(folder.path): 120 training and 40 test images, 1 x 28 x 28, 10 classes\n")
        let text = try succeed(["data", folder.path]).output
        #expect(text.contains("\n0      0           12     4\n"), "\(text)")
        #expect(text.contains(" of 40 test images are training images too, "))
    }

    /// Images in folders, of which a share is drawn for testing: `evaluate` draws the same as `train` with the same seed.
    @Test func folders() throws {
        let root = folder.path("images")
        for name in ["a", "b", "c"] {
            try FileManager.default.createDirectory(atPath: "\(root)/\(name)", withIntermediateDirectories: true)
            for number in 0..<8 {
                let image = "\(root)/\(name)/\(number).png"
                if number == 0 {
                    _ = try succeed(["data", folder.path, "--sheet", image])
                } else {
                    try FileManager.default.copyItem(atPath: "\(root)/\(name)/0.png", toPath: image)
                }
            }
        }
        let data = ["--data", root, "--resize", "20", "--test-share", "0.25", "--seed", "3", "--cpu", "--json"]
        let weights = folder.path("weights")
        let trained = try succeed(
            ["train", "--learning-rate", "0.01", "--epochs", "1", "--batch-size", "6", "--save", weights] + data)
        #expect(
            trained.errors.contains(
                "PNG and JPEG images in \(root): 18 training and 6 test images, 1 x 20 x 20, 3 classes; a share of 0.25 "
                    + "drawn for testing with seed 3\n"), "\(trained.errors)")
        let evaluated = try succeed(["evaluate", "--model", weights] + data).json()
        #expect(evaluated["test_loss"] as? Double == (try trained.json()["test_loss"]) as? Double)
        #expect(evaluated["test_loss"] is Double)
    }
}
