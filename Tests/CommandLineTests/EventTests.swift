import Foundation
import TestSupport
import Testing

/// `cross-validate --events` prints losses after each epoch, and a signal leaves a whole record.
@Suite(.timeLimit(.minutes(10))) struct EventTests {
    private func flags(_ folder: TemporaryFolder, rates: String, epochs: Int) -> [String] {
        [
            "cross-validate", "--data", folder.path, "--cpu", "--threads", "1", "--folds", "2", "--batch-size", "8",
            "--learning-rate", rates, "--epochs", "\(epochs)",
        ]
    }

    @Test(arguments: [("0.1", 1), ("0.1", 3), ("0.02,0.1,0.3", 2)])
    func lines(rates: String, epochs: Int) throws {
        let folder = try TemporaryFolder.withSyntheticData()
        let flags = flags(folder, rates: rates, epochs: epochs)
        let events = try Program.run(flags + ["--events"])
        #expect(events.exitCode == 0, "\(events.errors)")
        let lines = try events.output.split(separator: "\n").map { try jsonDictionary(String($0)) }
        #expect(lines.count == epochs + 1)
        #expect(lines.dropLast().compactMap { $0["epoch"] as? Int } == Array(1...epochs))

        // The result is that of a run without events, and has the losses of all lines.
        func results(_ report: [String: Any]) throws -> [[String: Any]] {
            try #require(report["results"] as? [[String: Any]]).map { $0.filter { $0.key != "seconds" } }
        }
        let found = try results(#require(lines.last))
        let expected = try results(Program.run(flags + ["--epoch-losses", "--json"]).json())
        #expect(found as NSArray == expected as NSArray)
        for (epoch, line) in lines.dropLast().enumerated() {
            let losses = try found.map { result in
                try #require(result["folds"] as? [[String: Any]]).map { ($0["epoch_losses"] as? [Double])?[epoch] }
            }
            #expect(try #require(line["losses"] as? [[Double]]) == losses)
        }
        #expect(found.allSatisfy { $0["diverged"] as? Bool == false })
    }

    @Test func divergence() throws {
        let folder = try TemporaryFolder.withSyntheticData()
        let events = try Program.run(flags(folder, rates: "1e30", epochs: 2) + ["--events"])
        #expect(events.exitCode == 1)
        #expect(events.complaints.count == 1)
        let lines = try events.output.split(separator: "\n").map { try jsonDictionary(String($0)) }
        #expect(lines.count == 3)
        #expect((lines[0]["losses"] as? [[Any]])?.joined().allSatisfy { $0 is NSNull } == true)
        let results = try #require(lines[2]["results"] as? [[String: Any]])
        #expect(results.map { $0["diverged"] as? Bool } == [true])
    }

    @Test(arguments: [(SIGINT, "SIGINT", 130), (SIGTERM, "SIGTERM", 143)] as [(Int32, String, Int32)])
    func interruption(signal: Int32, name: String, code: Int32) throws {
        let folder = try TemporaryFolder.withSyntheticData()
        let process = Process()
        process.executableURL = Program.url
        process.arguments = flags(folder, rates: "0.1", epochs: 100_000) + ["--events"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var text = Data()
        while text.count(where: { $0 == UInt8(ascii: "\n") }) < 2 {
            let part = output.fileHandleForReading.availableData
            try #require(!part.isEmpty, "the program ended early")
            text += part
        }
        kill(process.processIdentifier, signal)
        text += output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == code)
        let lines = try String(decoding: text, as: UTF8.self).split(separator: "\n").map {
            try jsonDictionary(String($0))
        }
        #expect(lines.last as NSDictionary? == ["interrupted": name])
        #expect(lines.dropLast().compactMap { $0["epoch"] as? Int } == Array(1..<lines.count))
    }
}
