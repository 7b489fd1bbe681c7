import Foundation
import TestSupport
import Testing

/// A saved model is used without flags: `evaluate`, `predict` and `export`.
@Suite(.timeLimit(.minutes(5))) struct ModelTests {
    private let folder: TemporaryFolder
    /// The folder of images of two colours, a class each.
    private let colours: String

    init() throws {
        folder = try .withSyntheticData()
        colours = folder.path("colours")
        for (name, colour) in [("blue", [40, 60, 220]), ("red", [220, 40, 40])] {
            try FileManager.default.createDirectory(
                atPath: "\(colours)/\(name)", withIntermediateDirectories: true)
            for number in 0..<10 {
                // Portraits of different sizes, which --resize makes equal.
                let size = (width: 20 + number % 3, height: 24 + number % 2)
                let pixels = (0..<size.width * size.height).flatMap { pixel in
                    colour.map { UInt8($0 + (pixel * 7 + number * 3) % 30) }
                }
                try folder.write(
                    pngFile(width: size.width, height: size.height, pixels), to: "colours/\(name)/\(number).png")
            }
        }
    }

    private func succeed(_ arguments: [String]) throws -> Command.Result {
        let result = try Program.run(arguments)
        #expect(result.exitCode == 0, "\(arguments): \(result.errors)")
        return result
    }

    private func fail(_ arguments: [String], _ words: String) throws {
        let result = try Program.run(arguments)
        #expect(result.exitCode != 0 && result.output.isEmpty)
        #expect(result.complaints.count == 1 && result.complaints.first?.contains(words) == true, "\(result.errors)")
    }

    /// A model of images in folders, of which a share is drawn for testing.
    private func trainColours(_ flags: [String] = []) throws -> (model: String, score: [String: Any]) {
        let model = folder.path("colours.safetensors")
        let trained = try succeed(
            [
                "train", "--network", "resnet8", "--learning-rate", "0.05", "--epochs", "8", "--batch-size", "4",
                "--data", colours, "--resize", "12", "--test-share", "0.3", "--seed", "4", "--save", model, "--cpu",
                "--json",
            ] + flags)
        return (model, try trained.json())
    }

    /// The model states how the images were read and normalised, so `evaluate` draws and normalises the same.
    @Test(arguments: [[], ["--normalize", "dataset"], ["--normalize", "0.5,0.4,0.3,0.2,0.25,0.3"]])
    func evaluate(flags: [String]) throws {
        let (model, score) = try trainColours(flags)
        let evaluated = try succeed(["evaluate", "--model", model, "--data", colours, "--cpu", "--json"]).json()
        let loss = try #require(score["test_loss"] as? Double)
        let found = try #require(evaluated["test_loss"] as? Double)
        // The steps have other sizes, so the sum of the losses is rounded differently.
        #expect(abs(found - loss) < 1e-5 * loss)
        // The flags of evaluate win.
        if !flags.isEmpty {
            let other = try succeed(
                ["evaluate", "--model", model, "--data", colours, "--normalize", "none", "--cpu", "--json"]
            ).json()
            #expect(try abs(#require(other["test_loss"] as? Double) - loss) > 1e-3 * loss)
        }
        let half = try succeed(["evaluate", "--model", model, "--data", colours, "--test-share", "0.5", "--cpu"])
        #expect(half.errors.contains("10 training and 10 test images"), "\(half.errors)")
        #expect(!half.errors.contains("other names"), "\(half.errors)")
        let drawn = try succeed(["evaluate", "--model", model, "--data", colours, "--seed", "5", "--cpu"])
        #expect(drawn.errors.contains("a share of 0.3 drawn for testing with seed 5"), "\(drawn.errors)")
        try FileManager.default.moveItem(atPath: "\(colours)/red", toPath: "\(colours)/rouge")
        let renamed = try succeed(["evaluate", "--model", model, "--data", colours, "--cpu"])
        #expect(renamed.errors.contains("class 1 is 'red' and 'rouge'"), "\(renamed.errors)")
    }

    @Test func predictPictures() throws {
        let (model, score) = try trainColours(["--normalize", "dataset"])
        #expect(score["test_accuracy"] as? Double == 1)
        let files = (0..<10).flatMap { ["\(colours)/blue/\($0).png", "\(colours)/red/\($0).png"] }
        let json = try succeed(["predict"] + files + ["--model", model, "--cpu", "--json"]).json()
        #expect(json["classes"] as? [String] == ["blue", "red"])
        let images = try #require(json["images"] as? [[String: Any]])
        #expect(images.map { $0["image"] as? String } == files)
        #expect(images.map { $0["class"] as? String } == (0..<20).map { $0 % 2 == 0 ? "blue" : "red" })
        for image in images {
            let probabilities = try #require(image["probabilities"] as? [Double])
            #expect(probabilities.count == 2 && abs(probabilities.reduce(0, +) - 1) < 1e-12)
            #expect(image["probability"] as? Double == probabilities.max())
        }
        let text = try succeed(["predict", files[0], files[1], "--model", model, "--cpu"]).output
        #expect(text.split(separator: "\n").count == 2)
        #expect(text.hasPrefix("\(files[0]): blue "), "\(text)")
        #expect(text.contains("\n\(files[1]): red ") && text.contains("%, blue "), "\(text)")
    }

    /// The rows of an IDX file are predicted as `evaluate` scores them; one row is as it is among all.
    @Test func predictRows() throws {
        let model = folder.path("bars.safetensors")
        let trained = try succeed(
            [
                "train", "--learning-rate", "0.1", "--epochs", "2", "--batch-size", "20", "--data", folder.path,
                "--save",
                model, "--cpu", "--json",
            ]
        ).json()
        let file = folder.path("t10k-images-idx3-ubyte")
        let images = try #require(
            try succeed(["predict", file, "--model", model, "--cpu", "--json"]).json()["images"] as? [[String: Any]])
        #expect(images.count == 40 && images[7]["image"] as? String == "\(file):7")
        let right = images.enumerated().count { $1["class"] as? String == "\($0 % 10)" }
        #expect(Double(right) / 40 == trained["test_accuracy"] as? Double)
        let one = try #require(
            try succeed(["predict", "\(file):7", "\(file):39", "--model", model, "--cpu", "--json"]).json()["images"]
                as? [[String: Any]])
        for (found, index) in zip(one, [7, 39]) {
            #expect(found["image"] as? String == "\(file):\(index)")
            let probabilities = try #require(found["probabilities"] as? [Double])
            let expected = try #require(images[index]["probabilities"] as? [Double])
            for (one, other) in zip(probabilities, expected) { #expect(abs(one - other) < 1e-6) }
        }
        try fail(["predict", "\(file):40", "--model", model, "--cpu"], "there is no image 40: it has 40")
        try fail(["predict", "\(file):x", "--model", model, "--cpu"], "has no arrays with names")
        try fail(["predict", "/nowhere", "--model", model, "--cpu"], "/nowhere can't be read")
        try fail(["predict", folder.path, "--model", model, "--cpu"], "it is a folder")
        try fail(["predict", model, "--model", model, "--cpu"], "it is no PNG, JPEG, IDX or .npz file")
        try fail(
            ["predict", "\(colours)/red/0.png", "--model", model, "--cpu"],
            "it has 24 x 20 pixels, and the model takes 28 x 28")
        let colour = try folder.write(pngFile(width: 28, height: 28, Array(repeating: 9, count: 3 * 784)), to: "c.png")
        try fail(["predict", colour, "--model", model, "--cpu"], "it has 3 channels, and the model takes 1")
        try fail(["predict", "\(colour):1", "--model", model, "--cpu"], "it is one image")
        try fail(["predict", colour, "--model", "/nowhere", "--cpu"], "/nowhere can't be read")
    }

    /// The metadata of a file are checked before anything is computed.
    @Test func metadata() throws {
        let (model, _) = try trainColours(["--normalize", "dataset"])
        let bytes = Array(try Data(contentsOf: URL(filePath: model)))
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
        func write(_ change: (String) -> String) throws -> String {
            let text = Array(change(header).utf8)
            let count = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
            return try folder.write(count + text + bytes[(8 + length)...], to: "changed.safetensors")
        }
        let image = "\(colours)/red/0.png"
        for (old, new, words) in [
            (#"[\"blue\", \"red\"]"#, #"[\"blue\"]"#, "has the names of 1 classes"),
            (#"[\"blue\", \"red\"]"#, #"{}"#, "in its metadata, class_names: "),
            (#"{\"means\": ["#, #"{\"means\": [1, "#, "a mean or a deviation of its normalization is impossible"),
            (#"\"deviations\": ["#, #"\"deviations\": [-"#, "a mean or a deviation of its normalization is impossible"),
            (#""layers": "#, #""strata": "#, "it states no network and images"),
        ] {
            let changed = try write { $0.replacing(old, with: new) }
            for command in [["predict", image, "--cpu"], ["export", "--onnx", folder.path("model.onnx")]] {
                try fail(command + ["--model", changed], words)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("model.onnx")))
    }

    /// A study records the normalisation and the kind of the folds, and is resumed with the same ones.
    @Test func study() throws {
        let output = folder.path("study")
        let flags = [
            "optimize", "--data", folder.path, "--evaluations", "1", "--epochs", "1", "--folds", "2", "--batch-size",
            "30",
            "--output", output, "--cpu", "--json", "--resume",
        ]
        _ = try succeed(flags + ["--normalize", "0.25,0.5", "--stratify"])
        let record = try jsonDictionary(String(contentsOfFile: "\(output)/results.json", encoding: .utf8))
        let data = try #require(record["data"] as? [String: Any])
        #expect(data["normalization"] as? [String: [Double]] == ["means": [0.25], "deviations": [0.5]])
        #expect((record["settings"] as? [String: Any])?["stratify"] as? Bool == true)
        _ = try succeed(flags + ["--normalize", "0.25,0.5", "--stratify"])
        try fail(flags + ["--stratify"], "is measured on images of another normalisation")
        try fail(flags + ["--normalize", "0.25,0.5"], "has --stratify, and this run no --stratify")
    }
}
