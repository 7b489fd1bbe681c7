import BayesianOptimization
import Foundation
import Platform
import Reporting
import Studies
import TestSupport
import Testing

@Suite("Event files of TensorBoard")
struct EventFileTests {
    /// The vectors of RFC 3720, appendix B.4, and the usual check of nine digits.
    private static let vectors: [(bytes: [UInt8], checksum: UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8a91_36aa), ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
        ([UInt8](0..<32), 0x46dd_794e), ([UInt8]((0..<32).reversed()), 0x113f_db5c),
        ([UInt8]("123456789".utf8), 0xe306_9283), ([], 0),
    ]

    @Test("CRC32C of known vectors", arguments: vectors)
    func checksum(bytes: [UInt8], value: UInt32) {
        #expect(CRC32C.checksum(of: bytes) == value)
    }

    /// The values are those of the package tensorboard 2.21.0 (`masked_crc32c`).
    @Test func records() {
        #expect(CRC32C.maskedChecksum(of: Array("123456789".utf8)) == 0xc78a_b0e5)
        #expect(hexadecimal(EventFile.record(Array("abc".utf8))) == "0300000000000000b099490e6162636e57f121")
    }

    /// The messages are those that the package tensorboard 2.21.0 writes.
    @Test func events() {
        var file = EventFile(wallTime: 1.5)
        file.append("validation_loss", 0.5, step: 300)
        file.append("validation_loss", .nan, step: 301)
        let messages = [
            "09000000000000f83f1a0d627261696e2e4576656e743a32",
            "09000000000000f83f10ac022a180a160a0f76616c69646174696f6e5f6c6f7373150000003f",
        ]
        #expect(hexadecimal(file.bytes) == messages.map { hexadecimal(EventFile.record(bytes($0))) }.joined())
    }

    @Test("A trial has a folder, each of its folds has one, and a second time the files are replaced")
    func files() throws {
        let folder = try TemporaryFolder()
        let space = try ParameterSpace([Parameter("learning_rate", .real(lower: 0.001, upper: 0.9, scale: .log))])
        let writer = try TensorBoardWriter(folder.path("events"), space: space)
        let folds = (0..<2).map { fold in
            TrialRecord.FoldOutcome(
                fold: fold, validationLoss: 0.5, validationAccuracy: 0.9, testLoss: 0.6, testAccuracy: 0.8,
                epochLosses: [0.7, 0.5])
        }
        let trial = TrialRecord(
            plan: TrialPlan(number: 7, batch: 7...7, parameters: [NamedValue("learning_rate", .real(0.1))]),
            outcome: .init(folds: folds, state: .complete, epochs: 2))
        for _ in 0..<2 {
            try writer.write(trial)
            let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path("events"))
            let name = "events.out.tfevents.0.resnet-bo"
            #expect(
                Set(paths.filter { $0.hasSuffix(name) })
                    == [name, "trial-0007/\(name)", "trial-0007/fold-0/\(name)", "trial-0007/fold-1/\(name)"])
            #expect(paths.count(where: { $0.contains("tfevents") }) == 4)
        }
    }

    @Test("A folder that can't be made is an error before any trial")
    func unusableFolder() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("", to: "file")
        let space = try ParameterSpace([Parameter("x", .real(lower: 0, upper: 1, scale: .linear))])
        #expect(throws: FileError.self) { try TensorBoardWriter("\(file)/events", space: space) }
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(16 * digits[$0] + digits[$0 + 1]) }
    }
}
