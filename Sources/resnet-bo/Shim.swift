import Foundation
import Training
struct JSONNumber: Encodable {
    var v: Double; init(_ v: Double) { self.v = v }
    func encode(to e: any Encoder) throws {
        var c = e.singleValueContainer(); if v.isFinite { try c.encode(v) } else { try c.encodeNil() }
    }
}
enum JSON {
    static func encode(_ x: some Encodable) throws -> String {
        let e = JSONEncoder(); e.keyEncodingStrategy = .convertToSnakeCase;
        return String(decoding: try e.encode(x), as: UTF8.self)
    }
    static func explain(_ e: any Error) -> String { "\(e)" }
}
struct FoldRecord: Encodable {
    var fold: Int; var validationLoss, validationAccuracy, testLoss, testAccuracy: JSONNumber
    init(_ f: FoldResult) {
        fold = f.fold; validationLoss = JSONNumber(f.validation.loss);
        validationAccuracy = JSONNumber(f.validation.accuracy); testLoss = JSONNumber(f.test.loss);
        testAccuracy = JSONNumber(f.test.accuracy)
    }
}
final class Progress {
    init(title: String) {}; func update(_ x: Any) {}; func update(_ s: String, done: Int, total: Int) {};
    func finish() {}; func note(_ s: String) { Console.note(s) }
}
