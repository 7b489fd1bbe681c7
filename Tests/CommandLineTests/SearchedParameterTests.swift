import Studies
import Testing

/// What `--search` takes.
struct SearchDimensionTests {
    @Test func ranges() throws {
        let momentum = try SearchDimension("momentum=0.0..0.99")
        #expect(momentum.hyperparameter == .momentum)
        #expect(momentum.domain == .range(0...0.99, .linear))
        let decay = try SearchDimension("weight-decay=log:1e-6..1e-2")
        #expect(decay.hyperparameter == .weightDecay)
        #expect(decay.domain == .range(1e-6...1e-2, .log))
        #expect(try SearchDimension("batch-size=16..256").domain == .range(16...256, .linear))
    }

    @Test func choices() throws {
        let sizes = try SearchDimension("batch-size=32,64,128")
        #expect(sizes.hyperparameter == .batchSize)
        #expect(sizes.domain == .choices([32, 64, 128]))
    }

    @Test(arguments: [
        ("momentum", "NAME=LOWER..UPPER"), ("depth=1..2", "learning-rate, momentum, weight-decay, batch-size"),
        ("momentum=0.5..1", "below 1"), ("momentum=0.9..0.1", "0.9 must be below 0.1"), ("momentum=0.5..0.5", "below"),
        ("momentum=a..0.5", "'a' is not a number"), ("momentum=..", "'' is not a number"),
        ("momentum=nan..0.5", "'nan' is not a number"), ("momentum=log:0..0.5", "above 0"),
        ("momentum=log:0.1,0.2", "LOWER..UPPER"), ("momentum=0.5", "at least two"), ("momentum=0.5,0.5", "different"),
        ("weight-decay=-1..1", "not negative"), ("weight-decay=0..inf", "'inf' is not a number"),
        ("batch-size=0,64", "whole number"), ("batch-size=1.5,64", "whole number"), ("batch-size=32,,64", "''"),
    ])
    func refuses(text: String, words: String) throws {
        let error = #expect(throws: SearchDimensionError.self) { try SearchDimension(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("\n") == false)
    }
}
