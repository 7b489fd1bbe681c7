/// Why an image can't be decoded or encoded, and what a person can do, both as clauses.
struct PictureFailure: Error, Equatable {
    let reason: String
    let remedy: String

    init(_ reason: String, remedy: String = "remove or replace it") {
        self.reason = reason
        self.remedy = remedy
    }
}
