import Foundation
import Platform
import Testing

struct UTCTests {
    @Test("The time is that of Foundation, in the form of Python")
    func now() throws {
        let text = UTC.now
        #expect(text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00/) != nil, "\(text)")
        let formatter = ISO8601DateFormatter()
        let date = try #require(formatter.date(from: text.prefix(19) + "Z"))
        #expect(abs(date.timeIntervalSinceNow) < 60)
    }
}
