import Datasets
import TestSupport
import Testing

/// Divisions of scikit-learn's `StratifiedKFold`, written by `scripts/make-kfold-golden`.
private struct Golden: Decodable {
    let cases: [StratifiedCase]

    static let shared: Golden = GoldenJSON.read("stratified.json", in: .module)
}

/// One division, with the class of each sample.
private struct StratifiedCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Split: Decodable, Sendable {
        let training: [Int32]
        let validation: [Int32]
    }

    let labels: [UInt8]
    let folds: Int
    let seed: UInt32
    let splits: [Split]

    var testDescription: String {
        "\(labels.count) samples of \(Set(labels).count) classes, \(folds) folds, seed \(seed)"
    }
}

struct StratifiedKFoldTests {
    @Test("The golden file has two and more classes, missing labels, and classes with fewer samples than folds")
    func golden() {
        let cases = Golden.shared.cases
        #expect(cases.count == 11)
        #expect(Set(cases.map { Set($0.labels).count }).isSuperset(of: [1, 2, 3, 4, 10, 26]))
        #expect(cases.contains { $0.labels.contains(2) && !$0.labels.contains(1) })
        #expect(
            cases.contains { one in Set(one.labels).contains { label in one.labels.count { $0 == label } < one.folds } }
        )
    }

    @Test("The same indices as scikit-learn", arguments: Golden.shared.cases)
    fileprivate func indices(_ expected: StratifiedCase) throws {
        let folds = try Fold.stratifiedKFold(expected.folds, of: expected.labels, seed: expected.seed)
        #expect(folds.map(\.training) == expected.splits.map(\.training))
        #expect(folds.map(\.validation) == expected.splits.map(\.validation))
    }

    @Test(
        "Invalid divisions are refused",
        arguments: [
            ([0, 1, 0, 1], 1, DatasetError.impossibleSplit(samples: 4, folds: 1)),
            ([0, 1, 0, 1], 5, DatasetError.impossibleSplit(samples: 4, folds: 5)),
            ([0, 1, 0, 1], 3, DatasetError.impossibleStratification(samples: 2, folds: 3)),
        ])
    func impossible(labels: [UInt8], folds: Int, error: DatasetError) {
        #expect(throws: error) { try Fold.stratifiedKFold(folds, of: labels, seed: 10) }
    }
}
