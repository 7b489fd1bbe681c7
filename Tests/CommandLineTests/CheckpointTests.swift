import Foundation
import TestSupport
import Testing

/// `optimize --checkpoints` with files that are no checkpoint of the study.
///
/// `scripts/kill-and-resume` interrupts studies with checkpoints and resumes them.
@Suite(.timeLimit(.minutes(5))) struct CheckpointTests {
    private let folder: TemporaryFolder
    private let flags: [String]

    init() throws {
        folder = try .withSyntheticData()
        flags = shortStudy(of: folder)
    }

    private static func safetensors(_ header: String, body: Int = 0) -> Data {
        let count = UInt64(header.utf8.count)
        return Data((0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }) + Data(header.utf8)
            + Data(count: body)
    }

    @Test(
        "A torn or foreign file is a line, and no result changes",
        arguments: [
            ("nothing", Data(), "is not a safetensors file: 0 bytes in all"),
            ("a text", Data("a text, and no tensors".utf8), "is not a safetensors file"),
            ("a torn file", safetensors(#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, body: 7), "'x'"),
            ("a model", safetensors(#"{"__metadata__":{"format":"pt"}}"#), "it is no checkpoint of this program"),
            (
                "no trials", safetensors(#"{"__metadata__":{"format":"resnet-bo checkpoint 1","run":"{}"}}"#),
                "it names no run or no trials"
            ),
            (
                "another run",
                safetensors(
                    #"{"__metadata__":{"format":"resnet-bo checkpoint 1","run":"{\"epochs\":2}","trials":"[]"}}"#),
                "it is of a run with another augment, backend, data"
            ),
        ])
    func foreignFiles(name: String, contents: Data, message: String) throws {
        let output = folder.path("out")
        let run = flags + ["--output", output]
        let whole = try Program.run(run + ["--evaluations", "2"])
        #expect(whole.exitCode == 0)
        #expect(try Program.run(run + ["--evaluations", "1"]).exitCode == 0)
        // The second is that of a run with two devices.
        let others = ["checkpoint.safetensors", "checkpoint-1.safetensors"].map { "\(output)/\($0)" }
        for other in others { try contents.write(to: URL(filePath: other)) }
        let resumed = try Program.run(run + ["--evaluations", "2", "--resume", "--checkpoints"])
        #expect(resumed.exitCode == 0)
        let lines = resumed.errors.split(separator: "\n").filter { $0.contains("checkpoint.safetensors") }
        #expect(lines.count == 1 && lines[0].contains(message), "\(resumed.errors)")
        func evaluations(_ result: Command.Result) throws -> NSArray? { try result.json()["evaluations"] as? NSArray }
        #expect(try evaluations(resumed) == evaluations(whole))
        // The study's own checkpoints have replaced it, and were removed.
        for other in others { #expect(!FileManager.default.fileExists(atPath: other)) }
    }

    @Test("A checkpoint that can't be written is refused before the first trial")
    func folderInItsPlace() throws {
        let output = folder.path("out")
        try FileManager.default.createDirectory(
            atPath: "\(output)/checkpoint.safetensors", withIntermediateDirectories: true)
        let result = try Program.run(flags + ["--output", output, "--checkpoints"])
        #expect(result.exitCode == 1)
        #expect(result.errors.contains("\(output)/checkpoint.safetensors can't be written: Is a directory"))
        #expect(result.output.isEmpty)
    }
}
