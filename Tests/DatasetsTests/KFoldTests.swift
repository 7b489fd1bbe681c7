import Datasets
import Foundation
import TestSupport
import Testing

/// Index lists of scikit-learn, written by `scripts/make-kfold-golden`.
private struct Golden: Decodable {
    let small: [SplitCase<[Int32]>]
    let large: [SplitCase<Digest>]

    static let shared: Golden = GoldenJSON.read("kfold.json", in: .module)
}

/// Digests of a long list of indices.
private struct Digest: Decodable, Equatable, Sendable {
    let count: Int
    let first: [Int32]
    let last: [Int32]
    let crc32: UInt32

    init(_ indices: [Int32]) {
        count = indices.count
        first = Array(indices.prefix(3))
        last = Array(indices.suffix(3))
        crc32 = DatasetsTests.crc32(indices.lazy.flatMap(littleEndian))
    }
}

/// One division, with either the indices or digests of them.
private struct SplitCase<Indices: Decodable & Sendable>: Decodable, Sendable, CustomTestStringConvertible {
    struct Split: Decodable, Sendable {
        let training: Indices
        let validation: Indices
    }

    let samples: Int
    let folds: Int
    let seed: UInt32
    let splits: [Split]

    var testDescription: String { "\(samples) samples, \(folds) folds, seed \(seed)" }
}

struct KFoldTests {
    @Test("The golden file is complete")
    func golden() {
        #expect(Golden.shared.small.count == 7)
        #expect(Golden.shared.large.count == 5)
    }

    @Test("The same indices as scikit-learn", arguments: Golden.shared.small)
    fileprivate func small(_ expected: SplitCase<[Int32]>) throws {
        let folds = try Fold.kFold(expected.folds, of: expected.samples, seed: expected.seed)
        #expect(folds.map(\.training) == expected.splits.map(\.training))
        #expect(folds.map(\.validation) == expected.splits.map(\.validation))
    }

    @Test("As scikit-learn at full size", arguments: Golden.shared.large)
    fileprivate func large(_ expected: SplitCase<Digest>) throws {
        let folds = try Fold.kFold(expected.folds, of: expected.samples, seed: expected.seed)
        #expect(folds.map { Digest($0.training) } == expected.splits.map(\.training))
        #expect(folds.map { Digest($0.validation) } == expected.splits.map(\.validation))
    }

    @Test("Invalid divisions are refused", arguments: [(10, 1), (10, 0), (10, -3), (4, 5), (0, 2)])
    func impossible(samples: Int, folds: Int) {
        #expect(throws: DatasetError.impossibleSplit(samples: samples, folds: folds)) {
            try Fold.kFold(folds, of: samples, seed: 10)
        }
    }
}
